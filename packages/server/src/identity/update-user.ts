import { TenantryError } from '@tenantry/contract';
import { and, eq, inArray, ne } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, permitUserAct } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { withdrawTokens } from './account-tokens.ts';
import { onBehalf } from './acting-user.ts';
import { lockUser, toUser, type User, type UserRow } from './load.ts';
import { endSessionsOf } from './sessions.ts';
import { users } from './tables.ts';
import { assertRole, assertWithinLimit, loadAdminRoles } from './user-rules.ts';

const changesSchema = z.strictObject({
  fullName: z.string().trim().min(1).max(255).optional(),
  /** A role key of the product. */
  role: z.string().optional(),
  status: z.enum(['active', 'disabled']).optional(),
  pilot: z.boolean().optional(),
});

export interface UserUpdate {
  readonly tenantId: string;
  readonly userId: string;
  readonly changes: z.input<typeof changesSchema>;
  readonly reason?: string | undefined;
}

/**
 * Changes a user. Another role and a disabled user end every session at once, so that no session has rights the user
 * has no more.
 *
 * @throws request.invalid, user.not_found, user.last_admin, tenant.limit_reached, access.forbidden
 */
export async function updateUser(ctx: VaultCtx, input: UserUpdate): Promise<User> {
  const { tenantId, userId, reason } = input;
  permitUserAct(ctx.actor, 'users:write', tenantId);
  const changes = parseChanges(input.changes);
  // Held until the end, so that two administrators cannot demote each other at once.
  const tenant = await lockTenant(onBehalf(ctx), tenantId);
  const user = await lockUser(ctx.tx, tenantId, userId);
  if (changes.role !== undefined) await assertRole(ctx.tx, { tenantId, role: changes.role });
  if (changes.status === 'active') {
    if (user.status === 'invited') throw notAccepted(user);
    if (user.status === 'disabled') await assertWithinLimit(ctx.tx, tenant);
  }
  const next = { ...user, ...definedOf(changes) };
  await assertAdminLeft(ctx, user, next);
  const [row] = await ctx.tx.orm
    .update(users)
    .set({ ...definedOf(changes), version: user.version + 1, updatedAt: ctx.now })
    .where(eq(users.id, user.id))
    .returning();
  if (next.status === 'disabled' && user.status !== 'disabled') {
    await withdrawTokens(ctx, user);
    await endSessionsOf(ctx, { tenantId, userId, reason: 'user_disabled' });
  } else if (next.role !== user.role) await endSessionsOf(ctx, { tenantId, userId, reason: 'role_changed' });
  await recordAudit(ctx, {
    action: 'user.changed',
    tenantId,
    subject: { kind: 'user', id: userId, name: user.email },
    ...(reason === undefined ? {} : { reason }),
    detail: { from: { role: user.role, status: user.status, pilot: user.pilot }, to: definedOf(changes) },
  });
  return toUser(row ?? user);
}

/**
 * Whether somebody who administers stays behind when a user changes or goes.
 *
 * @throws user.last_admin
 */
export async function assertAdminLeft(
  { tx }: Ctx,
  user: UserRow,
  next: Pick<UserRow, 'role' | 'status'> | undefined,
): Promise<void> {
  const roles = [...(await loadAdminRoles(tx, user.tenantId))];
  const administers = (one: Pick<UserRow, 'role' | 'status'>): boolean =>
    roles.includes(one.role) && one.status === 'active';
  if (!administers(user) || (next !== undefined && administers(next))) return;
  const [other] = await tx.orm
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.tenantId, user.tenantId),
        ne(users.id, user.id),
        inArray(users.role, roles),
        eq(users.status, 'active'),
      ),
    )
    .limit(1);
  if (other !== undefined) return;
  throw new TenantryError('user.last_admin', `${user.email} is the last administrator of the tenant.`, {
    next: 'Make another user an administrator first.',
  });
}

type Changes = z.output<typeof changesSchema>;
type Defined = { [Name in keyof Changes]?: Exclude<Changes[Name], undefined> };

const definedOf = (changes: Changes): Defined =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

function parseChanges(value: unknown): Changes {
  const parsed = changesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The user cannot be changed: a field does not fit.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}

const notAccepted = (user: UserRow): TenantryError =>
  new TenantryError('request.invalid', `${user.email} has not accepted the invitation yet.`, {
    next: 'Send the invitation again.',
  });
