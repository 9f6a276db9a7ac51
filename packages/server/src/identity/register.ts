import { randomBytes, randomUUID } from 'node:crypto';
import { bug, isTenantryError, TenantryError } from '@tenantry/contract';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadProduct } from '../products/index.ts';
import { checkSlug, createTenant } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { actingUser } from './acting-user.ts';
import { networkOf } from './addresses.ts';
import { slugFrom } from './core/slug-from.ts';
import { toSessionUser, type UserRow } from './load.ts';
import { mailUser } from './mail-user.ts';
import { assertFit } from './set-password.ts';
import { users } from './tables.ts';
import { assertAdmitted } from './throttle.ts';
import { type IssuedTokens, issueAccess, openTokenSession, type TokenDeps } from './token-sessions.ts';
import { loadAdminRoles } from './user-rules.ts';
import { mailVerification } from './verify-email.ts';

const REGISTRATION = systemActor('registration');

const registrationSchema = z.strictObject({
  email: z.email().max(320),
  fullName: z.string().trim().min(1).max(255),
  /** Name of the tenant that is made. */
  company: z.string().trim().min(1).max(255),
  /** A product that lets people register; the only one there is unless given. */
  product: z.string().max(50).optional(),
});

export interface Registration extends z.input<typeof registrationSchema> {
  readonly password: Secret;
  readonly address: string;
  readonly userAgent: string;
  readonly now: Date;
}

type Wish = z.output<typeof registrationSchema>;

/** `settings.self_registration: true` in the product's profile opens it to registration. */
const PRODUCTS_OPEN = `select id from products where profile -> 'settings' -> 'self_registration' = 'true'::jsonb
                       and ($1::text is null or id = $1) order by id limit 2`;

/**
 * Registers a company by itself (LIFE-22 to LIFE-26): tenant on the free plan and its first administrator in one
 * transaction, or nothing. The administrator is let in at once and restricted until the address is verified.
 *
 * @throws request.invalid, request.throttled, product.not_found, user.email_taken when any tenant has a user of this
 * address (CH-63), user.password_refused, identity.busy
 */
export async function register(deps: TokenDeps, registration: Registration): Promise<IssuedTokens> {
  const { password, address, userAgent, now, ...rest } = registration;
  const wish = parse(rest);
  assertFit(password, { email: wish.email, names: [wish.company, wish.fullName] });
  await deps.database.transaction('operator', (tx) =>
    assertAdmitted(tx, [{ kind: 'request', of: [networkOf(address)] }], now),
  );
  await deps.database.transaction('operator', (tx) => assertEmailFree(tx, wish.email));
  const passwordHash = await deps.hasher.hash(password);
  const made = await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring: deps.keyring, actor: REGISTRATION, now };
    const user = await insertBoth(ctx, wish, passwordHash);
    const own = { ...ctx, actor: actingUser(user) };
    await mailVerification(own, deps, user);
    await mailUser(own, deps, user, 'welcome', { key: `welcome:${user.id}` });
    const sessionUser = toSessionUser(user);
    const session = await openTokenSession(own, { user: sessionUser, amr: ['pwd'], address, userAgent });
    return { user: sessionUser, ...session };
  });
  const { user, sessionId, policy, refreshToken } = made;
  const accessToken = await issueAccess(deps, user, { sessionId, policy, amr: ['pwd'], now });
  return { accessToken, refreshToken: refreshToken.reveal(), user };
}

async function insertBoth(ctx: VaultCtx, wish: Wish, passwordHash: string): Promise<UserRow> {
  // Of two registrations of one address at once the second waits here and then finds the first.
  await ctx.tx.query("select pg_advisory_xact_lock(hashtextextended('registration ' || lower($1), 0))", [wish.email]);
  await assertEmailFree(ctx.tx, wish.email);
  const productId = await findOpenProduct(ctx.tx, wish.product);
  const tenantId = await createOwnTenant(ctx, wish, productId);
  const [role] = await loadAdminRoles(ctx.tx, tenantId);
  if (role === undefined) throw bug(`The product ${productId} has no role that administers.`);
  const [user] = await ctx.tx.orm
    .insert(users)
    .values({
      id: randomUUID(),
      tenantId,
      email: wish.email,
      fullName: wish.fullName,
      role,
      passwordHash,
      mustVerifyEmail: true,
      selfRegistered: true,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    })
    .returning();
  if (user === undefined) throw bug('An inserted user was not returned.');
  await recordAudit(
    { ...ctx, actor: actingUser(user) },
    {
      action: 'user.registered',
      tenantId,
      subject: { kind: 'user', id: user.id, name: user.email },
      detail: { role },
    },
  );
  return user;
}

/** Names are chosen by people who do not know of each other: one that is taken gets an ending. */
async function createOwnTenant(ctx: VaultCtx, { company }: Wish, productId: string): Promise<string> {
  const { profile } = await loadProduct(ctx.tx, productId);
  const base = slugFrom(company);
  const ending = (): string => `-${randomBytes(3).toString('hex')}`;
  const slugs = [base, base + ending(), `tenant${ending()}`];
  for (const slug of slugs.filter((one) => checkSlug(one, profile.reserved_slug_suffixes) === undefined)) {
    const made = await createTenant(ctx, {
      productId,
      name: company,
      slug,
      plan: 'free',
      status: 'active',
      authority: 'self-service registration',
    }).catch((error: unknown) => {
      if (isTenantryError(error) && error.code === 'tenant.slug_taken') return undefined;
      throw error;
    });
    if (made !== undefined) return made.tenant.id;
  }
  throw bug(`No free slug was found for "${company}".`);
}

async function findOpenProduct(tx: Tx, wanted: string | undefined): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(PRODUCTS_OPEN, [wanted ?? null]);
  const [only, another] = rows;
  if (only !== undefined && another === undefined) return only.id;
  const why = another === undefined ? 'There is no product that lets people register.' : 'Several products do.';
  throw new TenantryError('product.not_found', `Nobody can register themselves like this. ${why}`, {
    next: 'Name a product, or set self_registration in the settings of its profile.',
  });
}

async function assertEmailFree(tx: Tx, email: string): Promise<void> {
  const [taken] = await tx.orm
    .select({ id: users.id })
    .from(users)
    .where(sql`lower(${users.email}) = lower(${email})`)
    .limit(1);
  if (taken === undefined) return;
  throw new TenantryError('user.email_taken', 'Somebody has registered with this e-mail address, or was invited.', {
    next: 'Log in, or set a new password.',
  });
}

function parse(value: unknown): Wish {
  const parsed = registrationSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The registration cannot be accepted: a field does not fit.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}
