/** @typedef {import('./harness.mjs').Row} Row */

const HEADINGS = ['work', 'ours', 'peer', 'ratio', 'budget', 'holds', 'noise'];

/**
 * The rows as aligned text.
 *
 * @param {readonly Row[]} rows
 */
export function tableOf(rows) {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {Row} row */
function cellsOf(row) {
  return [
    row.work,
    `${row.ours} ${row.unit}`,
    row.peer === null ? '-' : `${row.peer} ${row.unit} (${row.peerName})`,
    row.ratio === null ? '-' : `${row.ratio}x`,
    row.budget ?? 'reported',
    row.holds === null ? '-' : row.holds ? 'yes' : 'NO',
    row.noise.peer === null ? `±${row.noise.ours} %` : `±${row.noise.ours} % / ±${row.noise.peer} %`,
  ];
}
