import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { ActionContext, ResourceClaim, Undone } from '../kit/index.ts';
import { findMark, type Mark, removeMark } from './marks.ts';
import { readRows } from './row-state.ts';
import { seesEveryRow } from './sees-every-row.ts';
import { type Session, transaction } from './session.ts';
import { type PostgresTarget, targetOf } from './settings.ts';
import { quoteName } from './sql.ts';
import { loadTable, matches, parameters, type Table } from './table.ts';

const undoSchema = z.object({
  database: z.string(),
  table: z.string(),
  key: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  mark: z.string(),
  tenant: z.string().optional(),
  control: z.string().optional(),
});

type Undo = z.infer<typeof undoSchema>;

/**
 * Takes back what `postgres.row` made, in the tenant context it was made in, and proves it: one row deleted,
 * none left for the role that wrote it nor for the one that sees all (CH-77).
 */
export async function undoRow(ctx: ActionContext, resource: ResourceClaim): Promise<Undone> {
  if (resource.claim === 'adopted') return { outcome: 'left', note: 'It was there before this run.' };
  const undo = undoSchema.parse(resource.undo);
  const target = targetOf(ctx, undo.database);
  const outcome = await transaction(ctx, target, { tenant: undo.tenant }, async (session) => {
    const table = await loadTable(session, undo.table, Object.keys(undo.key));
    const mark = await findMark(session, target, undo.mark);
    if (mark === undefined) return withoutMark(session, table, undo);
    const done =
      mark.before === undefined ? await deleteRow(session, table, undo) : await restoreRow(session, table, undo, mark);
    if (done === 'removed') await removeMark(session, target, undo.mark);
    return done;
  });
  if (resource.claim === 'created') {
    await proveGone(ctx, target, undo);
    if (outcome === 'absent') await transaction(ctx, target, {}, (session) => removeMark(session, target, undo.mark));
  }
  return { outcome };
}

const conflict = (message: string, next: string): TenantryError =>
  new TenantryError('connector.conflict', message, { facts: { effect: 'none' }, next });

const countRows = async (session: Session, table: Table, undo: Undo): Promise<number> =>
  (await readRows(session, table, { key: undo.key, values: {}, returns: [] }, false)).length;

/** An earlier undo removed row and mark together; a row without a mark is not ours to delete. */
async function withoutMark(session: Session, table: Table, undo: Undo): Promise<'absent'> {
  if ((await countRows(session, table, undo)) === 0) return 'absent';
  throw conflict(
    `A row of ${undo.table} has the key of ours, but its mark is gone: somebody else may have made it.`,
    'Look at the row and remove it by hand if it should go, then continue.',
  );
}

async function deleteRow(session: Session, table: Table, undo: Undo): Promise<'removed' | 'absent'> {
  const given = parameters();
  const where = matches(table, undo.key, given);
  const { rowCount } = await session.query(`delete from ${table.quoted} t where ${where}`, given.values);
  if (rowCount > 1) throw conflict(`Deleting from ${undo.table} would take ${rowCount} rows.`, 'Make the key unique.');
  return rowCount === 1 ? 'removed' : 'absent';
}

/** Puts the earlier values back, unless somebody has changed them since. */
async function restoreRow(session: Session, table: Table, undo: Undo, mark: Mark): Promise<'removed' | 'absent'> {
  const columns = Object.keys(mark.before ?? {})
    .map(quoteName)
    .join(', ');
  const given = parameters();
  const before = given.add(JSON.stringify(mark.before));
  const after = given.add(JSON.stringify(mark.after));
  const where = matches(table, undo.key, given);
  const { rowCount } = await session.query(
    `update ${table.quoted} t set (${columns}) = (select ${columns} from jsonb_populate_record(null::${table.quoted}, ${before}::jsonb))
     where ${where} and (select jsonb_object_agg(name, to_jsonb(t) -> name) from jsonb_object_keys(${after}::jsonb) as name) = ${after}::jsonb`,
    given.values,
  );
  if (rowCount === 1) return 'removed';
  if ((await countRows(session, table, undo)) === 0) return 'absent';
  throw conflict(
    `Somebody has changed the row of ${undo.table} since this run did.`,
    'Decide which values should stand, set them, and continue with the step kept.',
  );
}

/**
 * A count of zero proves nothing when the role cannot see the row. The role that wrote it saw it then (apply
 * insists on that) and is asked in the same context; where a control connection is named, it has the last word.
 */
async function proveGone(ctx: ActionContext, target: PostgresTarget, undo: Undo): Promise<void> {
  const left = await transaction(ctx, target, { tenant: undo.tenant, readOnly: true }, async (session) =>
    countRows(session, await loadTable(session, undo.table, []), undo),
  );
  const seen = undo.control === undefined ? 0 : await countByControl(ctx, undo, undo.control);
  if (left + seen === 0) return;
  throw new TenantryError(
    'connector.refused',
    `${target.system}: the row of ${undo.table} is still there after its deletion.`,
    {
      facts: { effect: 'none', visible_to_us: left, visible_to_control: seen },
      next: 'Row-level security hides it from the role that deletes: check its policies for DELETE and the tenant context.',
    },
  );
}

async function countByControl(ctx: ActionContext, undo: Undo, control: string): Promise<number> {
  const target = targetOf(ctx, control);
  return transaction(ctx, target, { readOnly: true }, async (session) => {
    const table = await loadTable(session, undo.table, []);
    if (await seesEveryRow(session, table)) return countRows(session, table, undo);
    throw new TenantryError(
      'config.invalid',
      `Connection "${control}" is to see every row, but row-level security filters ${undo.table} for it.`,
      {
        next: 'Give the control connection a role with BYPASSRLS, or one with a policy of its own that shows every row.',
      },
    );
  });
}
