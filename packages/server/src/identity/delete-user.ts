import { eq } from 'drizzle-orm';
import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { lockTenant } from '../tenants/index.ts';
import { revokeEntry, type VaultCtx } from '../vault/index.ts';
import { withdrawTokens } from './account-tokens.ts';
import { findUser } from './load.ts';
import { removeSecondFactor } from './reset-second-factor.ts';
import { endSessionsOf } from './sessions.ts';
import { users } from './tables.ts';

export interface DeleteUserInput {
  readonly tenantId: string;
  readonly userId: string;
  readonly reason?: string | undefined;
  /** Deletes only what was made under this key: what a rollback may take back. */
  readonly createdKey?: string | undefined;
}

/**
 * Deletes a user and ends whatever of theirs opens anything.
 *
 * @returns false when there is no such user
 * @throws tenant.not_found, access.forbidden
 */
export async function deleteUser(ctx: VaultCtx, input: DeleteUserInput): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  await lockTenant(ctx, input.tenantId);
  const user = await findUser(ctx.tx, input.tenantId, input.userId);
  if (user === undefined) return false;
  if (input.createdKey !== undefined && user.createdKey !== input.createdKey) return false;
  if (user.temporaryPasswordRef !== null) {
    await revokeEntry(ctx, { $secret: user.temporaryPasswordRef }, 'The user was deleted.');
  }
  await withdrawTokens(ctx, user);
  await removeSecondFactor(ctx, user);
  // The rows go with the user; those who listen must hear of it before.
  await endSessionsOf(ctx, { tenantId: user.tenantId, userId: user.id, reason: 'user_deleted' });
  await ctx.tx.orm.delete(users).where(eq(users.id, user.id));
  await recordAudit(ctx, {
    action: 'user.deleted',
    tenantId: input.tenantId,
    subject: { kind: 'user', id: user.id, name: user.email },
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  });
  return true;
}
