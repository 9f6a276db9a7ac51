import type { BackupView } from '@tenantry/contract';
import { plainLine } from '../../terminal/plain-text.ts';
import { tableLines } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { timeText } from '../../terminal/time-text.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** In powers of a thousand, three digits at most. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

/** RBK-18: files with their sizes, where they lie, and the timestamp a restore takes. */
export const backupLines = (backup: BackupView, { style }: Terminal): readonly string[] => [
  `${style.good('✓')} ${style.strong(backup.stamp)}`,
  ...backup.files.map(({ file, bytes, tables }) => {
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return `  ${plainLine(file)}  ${sizeText(bytes)}, ${tables.length} tables, ${rows} rows`;
  }),
  `  in ${plainLine(backup.folder)}, kept until ${timeText(backup.keep_until)}`,
];

const provenText = ({ verified_at, verified_ok, verified_by_restore }: BackupView): string => {
  if (verified_at === null) return 'no';
  if (verified_ok !== true) return 'FAILED';
  return verified_by_restore === true ? 'restored' : 'files';
};

const ofText = ({ scope, product, environment, tenant_id }: BackupView): string =>
  scope === 'self' ? 'control plane' : `${product}/${environment}${tenant_id === null ? '' : ` ${tenant_id}`}`;

export const backupTable = (backups: readonly BackupView[], terminal: Terminal): readonly string[] =>
  backups.length === 0
    ? ['No backups.']
    : tableLines<BackupView>(
        backups,
        [
          { title: 'timestamp', text: ({ stamp }) => stamp },
          { title: 'of', text: ofText, flexible: true },
          { title: 'status', text: ({ status }) => status },
          { title: 'size', text: ({ bytes }) => sizeText(bytes) },
          { title: 'proven', text: provenText },
          { title: 'kept until', text: ({ keep_until }) => timeText(keep_until) },
        ],
        terminal,
      );
