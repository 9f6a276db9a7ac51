import type { Act } from '../act.ts';
import { auditAct } from '../audit/list-audit.ts';
import type { Unit } from '../cutting/length.ts';
import { FieldReader } from '../http/field-reader.ts';

export interface Settings {
  /** Width of the cut. */
  readonly kerfMm: number;
  /** What lengths are shown and typed in. */
  readonly unit: Unit;
  /** From this length on an offcut is worth keeping. */
  readonly keepOffcutMm: number;
}

/** A workshop that was provisioned without a settings row works with these. */
const DEFAULTS: Settings = { kerfMm: 3.2, unit: 'mm', keepOffcutMm: 300 };

export async function loadSettings({ db }: Act): Promise<Settings> {
  const { rows } = await db.query<{ kerf_mm: string; unit: Unit; keep_offcut_mm: string }>(
    'select kerf_mm, unit, keep_offcut_mm from settings',
  );
  const row = rows[0];
  if (row === undefined) return DEFAULTS;
  return { kerfMm: Number(row.kerf_mm), unit: row.unit, keepOffcutMm: Number(row.keep_offcut_mm) };
}

export async function saveSettings(act: Act, settings: Settings): Promise<Settings> {
  const before = await loadSettings(act);
  await act.db.query(
    `insert into settings (tenant_id, kerf_mm, unit, keep_offcut_mm) values ($1, $2, $3, $4)
     on conflict (tenant_id) do update
       set kerf_mm = excluded.kerf_mm, unit = excluded.unit, keep_offcut_mm = excluded.keep_offcut_mm`,
    [act.visitor.tenantId, settings.kerfMm, settings.unit, settings.keepOffcutMm],
  );
  await auditAct(act, 'settings.changed', { before, after: settings });
  return await loadSettings(act);
}

export function readSettings(body: unknown): Settings {
  const reader = new FieldReader(body);
  const settings = {
    kerfMm: reader.number('kerfMm', { min: 0, max: 20 }),
    unit: reader.oneOf<Unit>('unit', ['mm', 'in']),
    keepOffcutMm: reader.number('keepOffcutMm', { min: 0, max: 100_000 }),
  };
  reader.finish('The settings were not saved.');
  return settings;
}
