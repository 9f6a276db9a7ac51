import { type Actor, type Ctx, systemActor } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import { recordAuditMany } from '../record-audit.ts';
import { sealAudit } from '../seal-audit.ts';

export const NOW = new Date('2026-11-20T09:00:00.000Z');

export const inAudit = <T>(database: Database, fn: (ctx: Ctx) => Promise<T>, actor: Actor = systemActor('test')) =>
  database.transaction('operator', (tx) => fn({ tx, actor, now: NOW }));

/** Writes so many rows in one transaction, named `thing.made` 1, 2, … */
export const writeRows = (database: Database, count: number, tenantId?: string): Promise<void> =>
  inAudit(database, (ctx) =>
    recordAuditMany(
      ctx,
      Array.from({ length: count }, (_, index) => ({
        action: 'thing.made',
        ...(tenantId === undefined ? {} : { tenantId }),
        subject: { kind: 'thing', id: String(index + 1), name: `Thing ${index + 1}` },
        detail: { place: index + 1, nested: { text: 'Größe "x"' } },
      })),
    ),
  );

const PASSES_MAX = 5_000;

/**
 * Seals until the floor has reached the newest row. Transactions of other tests on the same cluster hold it back, so
 * the number of passes is not known.
 */
export async function sealToFloor(database: Database): Promise<void> {
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    await sealAudit(database);
    const settled = await database.transaction('worker', (tx) =>
      tx.query<{ done: boolean }>(
        'select floor_seq = (select coalesce(max(seq), 0) from audit_log) as done from audit_sealer',
      ),
    );
    if (settled.rows[0]?.done === true) return;
  }
  throw new Error('the floor of the sealer never reached the newest row');
}
