import { randomBytes } from 'node:crypto';
import { bug, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { lockTenant, type Tenant } from '../tenants/index.ts';
import { openSecret, sealSecret, type VaultCtx } from '../vault/index.ts';
import { TEMPORARY_BYTES, temporaryPassword } from './core/password.ts';
import { hashPassword } from './hash-password.ts';
import { findUserByEmail, findUserByKey, toUser, type User, type UserRow } from './load.ts';
import { users } from './tables.ts';
import { assertRole, assertWithinLimit } from './user-rules.ts';

const DAYS = 24 * 60 * 60 * 1000;

export const newUserSchema = z.strictObject({
  tenantId: z.uuid(),
  email: z.email().max(320),
  fullName: z.string().trim().min(1).max(255),
  /** A role key of the product. */
  role: z.string(),
  /** How long the temporary password may be used for the first log-in. */
  temporaryDays: z.int().min(1).max(90).default(14),
  /** The same key again answers the user the first call made, with the same password. */
  key: z.string().min(1).optional(),
});

export type NewUser = z.input<typeof newUserSchema>;
type Wish = z.output<typeof newUserSchema>;

export interface CreatedUser {
  readonly user: User;
  /** Temporary: its first use demands another (PADM-02). Sealed in the vault of the tenant. */
  readonly password: Secret;
  readonly created: boolean;
}

/**
 * Creates a user with a temporary password that nobody has chosen or seen.
 *
 * @throws request.invalid, user.email_taken, request.idempotency_reused, tenant.limit_reached, tenant.not_found, access.forbidden
 */
export async function createUser(ctx: VaultCtx, input: NewUser): Promise<CreatedUser> {
  permit(ctx.actor, 'tenants:write');
  const wish = parseNewUser(input);
  // Held until the end, so that two creations at once cannot both take the last place.
  const tenant = await lockTenant(ctx, wish.tenantId);
  await assertRole(ctx.tx, wish);
  const earlier =
    (await findUserByKey(ctx.tx, wish.tenantId, wish.key)) ??
    (await findUserByEmail(ctx.tx, wish.tenantId, wish.email));
  if (earlier !== undefined) return replay(ctx, earlier, wish);
  await assertWithinLimit(ctx.tx, tenant);
  return insertUser(ctx, tenant, wish);
}

function parseNewUser(input: NewUser): Wish {
  const parsed = newUserSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The user cannot be created: a field does not fit.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}

async function replay(ctx: VaultCtx, earlier: UserRow, { key, email }: Wish): Promise<CreatedUser> {
  if (earlier.email.toLowerCase() !== email.toLowerCase()) {
    throw new TenantryError('request.idempotency_reused', `The user ${earlier.email} was made under this key before.`, {
      facts: { user: earlier.id },
      next: 'Delete that user first if the address was wrong.',
    });
  }
  if (key === undefined || earlier.createdKey !== key || earlier.temporaryPasswordRef === null) {
    throw new TenantryError('user.email_taken', `The tenant has a user with the address ${email} already.`, {
      facts: { user: earlier.id },
      next: 'Use the user that is there, or give another address.',
    });
  }
  const password = await openSecret(
    ctx,
    { $secret: earlier.temporaryPasswordRef },
    { purpose: 'answer a repeated creation', within: { tenantId: earlier.tenantId } },
  );
  return { user: toUser(earlier), password, created: false };
}

async function insertUser(ctx: VaultCtx, tenant: Tenant, wish: Wish): Promise<CreatedUser> {
  const password = new Secret(temporaryPassword(randomBytes(TEMPORARY_BYTES)));
  const expiresAt = new Date(ctx.now.getTime() + wish.temporaryDays * DAYS);
  const id = crypto.randomUUID();
  const { ref } = await sealSecret(ctx, {
    tenantId: tenant.id,
    label: `temporary password of user ${id}`,
    secret: password,
    owner: { kind: 'user', id },
    expiresAt,
  });
  const [row] = await ctx.tx.orm
    .insert(users)
    .values({
      id,
      tenantId: tenant.id,
      email: wish.email,
      fullName: wish.fullName,
      role: wish.role,
      passwordHash: await hashPassword(password),
      mustChangePassword: true,
      temporaryExpiresAt: expiresAt,
      temporaryPasswordRef: ref.$secret,
      createdRunId: ctx.actor.kind === 'run' ? ctx.actor.runId : null,
      createdKey: wish.key,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    })
    .returning();
  if (row === undefined) throw bug('An inserted user was not returned.');
  await recordAudit(ctx, {
    action: 'user.created',
    tenantId: tenant.id,
    subject: { kind: 'user', id, name: wish.email },
    detail: { role: wish.role, temporary_until: expiresAt.toISOString() },
  });
  return { user: toUser(row), password, created: true };
}
