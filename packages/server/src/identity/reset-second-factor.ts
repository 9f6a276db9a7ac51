import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { permitUserAct } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { revokeEntry, type VaultCtx } from '../vault/index.ts';
import { onBehalf } from './acting-user.ts';
import { lockUser, type UserRow } from './load.ts';
import { ofUser } from './second-factor.ts';
import { findTotp } from './second-factor-rows.ts';
import { endSessionsOf } from './sessions.ts';
import { userRecoveryCodes, userTotp } from './tables.ts';

export interface SecondFactorReset {
  readonly tenantId: string;
  readonly userId: string;
  /** How the one who asked was recognised; stands in the audit log. */
  readonly reason: string;
}

/**
 * Takes away a second factor that was lost, and ends every session. Where the tenant demands one, the next log-in
 * sets up another.
 *
 * @returns false when the user had none
 * @throws request.invalid without a reason; user.not_found; access.forbidden
 */
export async function resetSecondFactor(ctx: VaultCtx, input: SecondFactorReset): Promise<boolean> {
  const { tenantId, userId } = input;
  permitUserAct(ctx.actor, 'users:write', tenantId);
  const reason = input.reason.trim();
  if (reason === '') {
    throw new TenantryError('request.invalid', 'A second factor is reset for a reason: none was given.', {
      faults: [{ path: 'reason', message: 'says how the user was recognised' }],
    });
  }
  const user = await lockUser(ctx.tx, tenantId, userId);
  if (!(await removeSecondFactor(ctx, user))) return false;
  await endSessionsOf(ctx, { tenantId, userId, reason: 'second_factor_reset' });
  await recordAudit(ctx, {
    action: 'user.second_factor_reset',
    tenantId,
    subject: { kind: 'user', id: userId, name: user.email },
    reason,
  });
  return true;
}

/** Removes secret and recovery codes. Answers whether there were any. */
export async function removeSecondFactor(ctx: VaultCtx, { tenantId, id }: UserRow): Promise<boolean> {
  const row = await findTotp(ctx.tx, tenantId, id);
  if (row === undefined) return false;
  await revokeEntry(onBehalf(ctx), { $secret: row.secretRef }, 'The second factor was removed.');
  await ctx.tx.orm.delete(userTotp).where(eq(userTotp.userId, id));
  await ctx.tx.orm.delete(userRecoveryCodes).where(ofUser(tenantId, id));
  return true;
}
