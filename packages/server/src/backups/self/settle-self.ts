import { TenantryError } from '@tenantry/contract';
import { systemActor } from '../../access/index.ts';
import { type AuditVerdict, eraseAuditPayloads, recordAudit, sealAudit, verifyAudit } from '../../audit/index.ts';
import type { BackupDeps } from '../deps.ts';
import { writeKeysFile } from './keys-file.ts';
import type { SelfRestoreReport } from './restore-self.ts';

/**
 * What is left to do once the rows are there and before anybody is let in: the audit log of erased tenants is emptied
 * again, the restore is written down, the copy of the keys is that of now, and the audit chain is proven.
 *
 * @throws audit.broken_chain
 */
export async function settleSelf(deps: BackupDeps, report: SelfRestoreReport): Promise<AuditVerdict> {
  const { database, sources, now } = deps;
  const actor = systemActor('backups');
  await database.transaction('operator', async (tx) => {
    const ctx = { tx, actor, now: now() };
    const { rows } = await tx.query<{ tenant_id: string }>(
      'select distinct tenant_id from audit_log where tenant_id = any ($1::uuid[]) and payload is not null',
      [(await sources.tombstones(tx)).map(({ tenantId }) => tenantId)],
    );
    for (const { tenant_id: tenantId } of rows) {
      await eraseAuditPayloads(ctx, { tenantId, reason: 'erased before this restore' });
    }
    // Guards that were ahead of this backup must not resume where they were: what they saw was undone.
    await tx.query('update guard_feed set epoch = gen_random_uuid()');
    await recordAudit(ctx, {
      action: 'backup.control_plane_restored',
      subject: { kind: 'backup', id: report.stamp },
      detail: { stamp: report.stamp, erased: report.erased, keys_gone: report.keysGone },
    });
  });
  await sealAudit(database);
  await writeKeysFile(deps);
  const verdict = await verifyAudit(database);
  if (verdict.ok) return verdict;
  throw new TenantryError('audit.broken_chain', 'After the restore the audit chain does not verify.', {
    facts: { problems: verdict.problems.map(({ message }) => message) },
    next: 'Restore an older backup, and look what became of this one before it was taken.',
  });
}
