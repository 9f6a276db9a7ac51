import type { Ctx } from '../access/index.ts';
import { permit } from '../access/index.ts';
import { recordAudit } from './record-audit.ts';
import { ERASED_ACTION } from './verify-audit.ts';

/**
 * Empties the payloads of every audit row of a tenant: who by name, what by name, reasons and details. Ids, times and
 * hashes stay, and so does the chain. The erasure is recorded in the same transaction; `verifyAudit` takes an empty
 * payload without such a record for tampering. Works as operator or worker. Answers how many rows were emptied.
 */
export async function eraseAuditPayloads(
  ctx: Ctx,
  input: { readonly tenantId: string; readonly reason: string },
): Promise<number> {
  permit(ctx.actor, 'tenants:write');
  const { rows } = await ctx.tx.query<{ erased: string }>('select audit_erase_payloads($1)::text as erased', [
    input.tenantId,
  ]);
  const erased = Number(rows[0]?.erased ?? 0);
  await recordAudit(ctx, {
    action: ERASED_ACTION,
    tenantId: input.tenantId,
    subject: { kind: 'tenant', id: input.tenantId },
    reason: input.reason,
    detail: { rows: erased },
  });
  return erased;
}
