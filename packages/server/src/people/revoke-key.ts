import { and, eq, isNull } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { loadKey } from './load.ts';
import { apiKeys } from './tables.ts';

/**
 * Ends a key for good; a second call changes nothing. A key may always end itself or another of the same person,
 * so that whoever finds a leaked key can act at once. Every process refuses it within `STALE_MS` of the commit.
 *
 * @throws access.forbidden, access.key_not_found
 */
export async function revokeKey(ctx: Ctx, input: { readonly keyId: string; readonly reason?: string }): Promise<void> {
  const key = await loadKey(ctx, input.keyId);
  const own = ctx.actor.kind === 'person' && ctx.actor.id === key.person.id;
  if (!own) permit(ctx.actor, 'keys:write');
  const { rowCount } = await ctx.tx.orm
    .update(apiKeys)
    .set({ revokedAt: ctx.now })
    .where(and(eq(apiKeys.id, key.id), isNull(apiKeys.revokedAt)));
  if (rowCount === 0) return;
  await recordAudit(ctx, {
    action: 'key.revoked',
    subject: { kind: 'key', id: key.id, name: key.name },
    ...(input.reason === undefined ? {} : { reason: input.reason }),
    detail: { personId: key.person.id, person: key.person.name },
  });
}
