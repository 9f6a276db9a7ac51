import { randomBytes, randomUUID } from 'node:crypto';
import { bug } from '@tenantry/contract';
import { and, eq, inArray, like, lt, type SQL } from 'drizzle-orm';
import { type Actor, systemActor } from '../access/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import type { Keyring, VaultCtx } from '../vault/index.ts';
import type { IdentityDeps } from './authentication.ts';
import { deleteUser } from './delete-user.ts';
import { checkHasher } from './hash-password.ts';
import type { UserRow } from './load.ts';
import { users } from './tables.ts';

export interface ProbeDeps {
  readonly database: Database;
  readonly keyring: Keyring;
}

const PROBES: Actor = systemActor('account probes');

/** A domain that can have no mailbox (RFC 2606): a probe never writes to anybody. */
const DOMAIN = 'probe.invalid';

export interface ProbeUser {
  readonly user: UserRow;
  readonly password: Secret;
}

export const inTransaction = <T>(
  { database, keyring }: ProbeDeps,
  now: Date,
  fn: (ctx: VaultCtx) => Promise<T>,
): Promise<T> => database.transaction('operator', (tx) => fn({ tx, keyring, now, actor: PROBES }));

/** No probe takes longer: what is older was left behind by one that crashed. */
const STALE_MS = 10 * 60_000;

/**
 * Makes users for the time of a probe, one for each role, and removes them whatever happens; those that a crash left
 * behind go first, those of another probe under way stay. They take no place of the plan: they are gone before anybody
 * could miss it.
 */
export async function withProbeUsers<T>(
  deps: ProbeDeps,
  { tenantId, roles, now }: { readonly tenantId: string; readonly roles: readonly string[]; readonly now: Date },
  fn: (probes: readonly ProbeUser[]) => Promise<T>,
): Promise<T> {
  const stale = lt(users.createdAt, new Date(now.getTime() - STALE_MS));
  await removeProbes(deps, tenantId, stale, now);
  const probes: ProbeUser[] = [];
  try {
    for (const role of roles) probes.push(await makeProbe(deps, tenantId, role, now));
    return await fn(probes);
  } finally {
    const own = probes.map(({ user }) => user.id);
    if (own.length > 0) await removeProbes(deps, tenantId, inArray(users.id, own), now);
  }
}

async function makeProbe(deps: ProbeDeps, tenantId: string, role: string, now: Date): Promise<ProbeUser> {
  const password = new Secret(randomBytes(24).toString('base64url'));
  const passwordHash = await checkHasher.hash(password);
  const email = `${randomUUID()}@${DOMAIN}`;
  const row = {
    tenantId,
    email,
    fullName: 'Account probe',
    role,
    passwordHash,
    pilot: true,
    createdAt: now,
    updatedAt: now,
  };
  const user = await inTransaction(
    deps,
    now,
    async ({ tx }) => (await tx.orm.insert(users).values(row).returning())[0],
  );
  if (user === undefined) throw bug('An inserted user was not returned.');
  return { user, password };
}

const removeProbes = (deps: ProbeDeps, tenantId: string, which: SQL, now: Date): Promise<void> =>
  inTransaction(deps, now, async (ctx) => {
    const left = await ctx.tx.orm
      .select({ userId: users.id })
      .from(users)
      .where(and(eq(users.tenantId, tenantId), like(users.email, `%@${DOMAIN}`), which));
    for (const { userId } of left) await deleteUser(ctx, { tenantId, userId, reason: 'The probe has ended.' });
  });

/** What log-in needs, with a mailbox that keeps the links in memory and tells nobody. */
export function probeDeps({ database, keyring }: ProbeDeps): { readonly deps: IdentityDeps; readonly links: string[] } {
  const links: string[] = [];
  const keep = (token: string): string => {
    links.push(token);
    return `https://${DOMAIN}/#${token}`;
  };
  const deps: IdentityDeps = {
    database,
    keyring,
    hasher: checkHasher,
    enqueueMail: async () => undefined,
    enqueueJobs: async () => undefined,
    links: {
      resetPassword: keep,
      verifyEmail: keep,
      acceptInvitation: keep,
      confirmEmail: keep,
      objectToEmail: keep,
      logIn: (slug) => `https://${DOMAIN}/${slug}`,
      takeExport: () => `https://${DOMAIN}/export`,
    },
  };
  return { deps, links };
}
