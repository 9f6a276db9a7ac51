import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Actor } from '../../access/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { TestDatabase } from '../../db/testing/index.ts';
import { createTenant, type NewTenant, type Tenant } from '../../tenants/index.ts';
import { NOW, newTenant, operator } from '../../tenants/testing/registry.ts';
import { createKeyring, openSecret, type VaultCtx } from '../../vault/index.ts';
import type { IdentityDeps, IdentityJob, OutgoingMail } from '../authentication.ts';
import { createPasswordHasher } from '../hash-password.ts';
import { createSession, createUser, logIn, type User } from '../index.ts';
import { users } from '../tables.ts';

export { NOW, operator } from '../../tenants/testing/registry.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const later = (ms: number, from = NOW): Date => new Date(from.getTime() + ms);
export const code = (value: string) => expect.objectContaining({ code: value });

/** A password that fits the rules. */
export const GOOD = new Secret('correct horse battery staple');
export const OTHER = new Secret('an umbrella in the attic');

let addresses = 0;

/** An address nobody has used: attempts are counted by address. */
export const freshAddress = (): string => {
  addresses += 1;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
};

export interface Member {
  readonly tenant: Tenant;
  readonly user: User;
  readonly password: Secret;
}

/** Everything log-in needs, on a database of the test's own; mails and jobs are kept instead of sent. */
export function identityWorld({ database, asSuperuser }: TestDatabase) {
  const keyring = createKeyring({ current: 'k1', keys: { k1: new Secret(randomBytes(32).toString('base64')) } });
  const mails: OutgoingMail[] = [];
  const jobs: IdentityJob[] = [];
  const hasher = createPasswordHasher();
  const deps: IdentityDeps = {
    database,
    keyring,
    hasher,
    enqueueMail: async (_ctx, mail) => void mails.push(mail),
    enqueueJobs: async (_tx, more) => void jobs.push(...more),
    links: {
      resetPassword: (token) => `https://id.example/reset#${token}`,
      verifyEmail: (token) => `https://id.example/verify#${token}`,
      acceptInvitation: (token) => `https://id.example/invite#${token}`,
      confirmEmail: (token) => `https://id.example/email#${token}`,
      objectToEmail: (token) => `https://id.example/object#${token}`,
      logIn: (slug) => `https://id.example/${slug}`,
      takeExport: () => 'https://id.example/export',
    },
  };

  const doing = <T>(fn: (ctx: VaultCtx) => Promise<T>, actor: Actor = operator, now = NOW): Promise<T> =>
    database.transaction('operator', (tx) => fn({ tx, actor, now, keyring }));

  const makeTenant = async (overrides: Partial<NewTenant> = {}): Promise<Tenant> =>
    (await doing((ctx) => createTenant(ctx, newTenant({ status: 'active', ...overrides })))).tenant;

  /** A user with a password of their own, as after the first log-in. */
  const makeMember = async (tenant: Tenant, overrides: Partial<typeof users.$inferInsert> = {}): Promise<Member> => {
    const email = overrides.email ?? `u-${randomUUID().slice(0, 8)}@acme.example`;
    const passwordHash = await hasher.hash(GOOD);
    const user = await doing(async ({ tx }) => {
      const [row] = await tx.orm
        .insert(users)
        .values({ tenantId: tenant.id, email, fullName: 'Ann Joiner', role: 'admin', passwordHash, ...overrides })
        .returning();
      return row;
    });
    if (user === undefined) throw new Error('no user was made');
    return { tenant, user, password: GOOD };
  };

  const makeTemporary = async (tenant: Tenant, email = 'temp@acme.example') =>
    doing((ctx) => createUser(ctx, { tenantId: tenant.id, email, fullName: 'Tim Temp', role: 'admin' }));

  const tryLogIn = (tenant: Tenant, email: string, password: Secret, { address = freshAddress(), now = NOW } = {}) =>
    logIn(deps, { tenantId: tenant.id, email, password, address, now });

  const openSession = (
    member: Pick<Member, 'tenant' | 'user'> & Partial<Member>,
    { now = NOW, amr = ['pwd'], address = freshAddress() } = {},
  ) =>
    doing(
      (ctx) =>
        createSession(ctx, {
          tenantId: member.tenant.id,
          userId: member.user.id,
          amr,
          address,
          userAgent: 'Firefox on Linux',
        }),
      operator,
      now,
    );

  /** The token in the link of the newest mail of a template. */
  const mailedToken = async (template: OutgoingMail['template'], to?: string): Promise<string> => {
    const mail = mails.findLast((one) => one.template === template && (to === undefined || one.to === to));
    const link = mail?.values.link;
    if (mail === undefined || typeof link !== 'object') throw new Error(`no mail ${template} with a link`);
    const within = { tenantId: mail.tenantId };
    const opened = await doing((ctx) => openSecret(ctx, link, { purpose: 'test', within }));
    return opened.reveal().split('#')[1] ?? '';
  };

  const actionsOf = async (tenantId: string): Promise<readonly string[]> =>
    (
      await asSuperuser<{ action: string }>('select action from tenantry.audit_log where tenant_id = $1 order by seq', [
        tenantId,
      ])
    ).map(({ action }) => action);

  return {
    deps,
    mails,
    jobs,
    doing,
    makeTenant,
    makeMember,
    makeTemporary,
    tryLogIn,
    openSession,
    mailedToken,
    actionsOf,
    asSuperuser,
  };
}
