import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { ENTRY_COLUMNS, type FlatEntryRow, openEntry, toEntry } from './entries.ts';
import type { Reach, VaultCtx } from './types.ts';

/** Shorter values turn up in ordinary text by chance. */
const SHORTEST = 8;

/**
 * Labels of the living secrets within reach that a text holds in clear: what is asked before a text is sent to people
 * (PSEC-09). Addresses of one-time links do not count: they are made to be sent. Nothing opened leaves this function,
 * so one audit row stands for the whole search. An entry that cannot be read fails the search, and so the sending.
 */
export async function findSecretsIn(ctx: VaultCtx, text: string, within: readonly Reach[]): Promise<readonly string[]> {
  permit(ctx.actor, 'vault:reveal');
  const owners = within.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
  const tenants = within.flatMap(({ tenantId }) => (tenantId === undefined ? [] : [tenantId]));
  const { rows } = await ctx.tx.query<FlatEntryRow>(
    `select ${ENTRY_COLUMNS} from vault_entries e join vault_data_keys k on k.id = e.data_key_id
     where e.revoked_at is null and e.kind <> 'link' and (e.expires_at is null or e.expires_at > $1)
       and k.destroyed_at is null
       and ((e.owner_kind, e.owner_id) in (select * from unnest($2::text[], $3::text[]))
            or e.tenant_id = any ($4::uuid[]))
     order by e.label`,
    [ctx.now, owners.map((owner) => owner.kind), owners.map((owner) => owner.id), tenants],
  );
  const found = rows.filter((row) => {
    const secret = openEntry(ctx, toEntry(row)).secret.reveal();
    return secret.length >= SHORTEST && text.includes(secret);
  });
  if (rows.length > 0) {
    await recordAudit(ctx, {
      action: 'vault.searched',
      ...(tenants[0] === undefined ? {} : { tenantId: tenants[0] }),
      subject: { kind: owners[0]?.kind ?? 'tenant', id: owners[0]?.id ?? tenants[0] ?? '' },
      reason: 'Look for secrets in a text before it is sent.',
      detail: { entries: rows.length, found: found.map((row) => row.id) },
    });
  }
  return found.map((row) => row.label);
}
