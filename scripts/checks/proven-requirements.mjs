import { isNode, nodesOf, parseModule, textOf, walk } from './syntax-tree.mjs';

/** @typedef {{ prefix: string, count: number, about: string }} Group */
/** @typedef {{ id: string, guarantee: string, path: string }} Proof */

const SPELLING = /[A-Z][A-Z0-9]*-\d{2}/;
const LIST = `${SPELLING.source}(?:(?:, ?| and | to | )${SPELLING.source})*`;
const RANGE = /([A-Z][A-Z0-9]*)-(\d{2}) to \1-(\d{2})/g;
const LEADING = new RegExp(`^(${LIST}): *`);
const BRACKETED = new RegExp(`[([](${LIST})[)\\]]`, 'g');

/**
 * The requirements that the tests of one file name in their titles: `it('INT-03: …')`, `it('RUN-17, CH-69: …')`,
 * `it('HYP-01 to HYP-04: …')` or `it('… (SECV-02)')`.
 *
 * @param {string} path
 * @param {string} source
 * @returns {Proof[]}
 */
export function proofsIn(path, source) {
  return proofsOfTitles(path, testTitles(path, source));
}

/**
 * The same in the names of the cases a runbook is tested against.
 *
 * @param {string} path
 * @param {readonly { name: string }[]} cases
 * @returns {Proof[]}
 */
export const proofsOfCases = (path, cases) =>
  proofsOfTitles(
    path,
    cases.map(({ name }) => name),
  );

/**
 * @param {string} path
 * @param {readonly string[]} titles
 * @returns {Proof[]}
 */
function proofsOfTitles(path, titles) {
  return titles.flatMap((title) => {
    const lists = [LEADING.exec(title)?.[1] ?? '', ...[...title.matchAll(BRACKETED)].map((match) => match[1] ?? '')];
    const ids = new Set(
      lists.flatMap((list) => [...(list.match(new RegExp(SPELLING, 'g')) ?? []), ...betweenIn(list)]),
    );
    const guarantee = title.replace(LEADING, '').replace(BRACKETED, '').replaceAll(/\s+/g, ' ').trim();
    return [...ids].map((id) => ({ id, guarantee, path }));
  });
}

/**
 * The ids within the ranges of a list: HYP-02 and HYP-03 of `HYP-01 to HYP-04`.
 *
 * @param {string} list
 */
const betweenIn = (list) =>
  [...list.matchAll(RANGE)].flatMap(([, prefix, first, last]) =>
    Array.from(
      { length: Math.max(0, Number(last) - Number(first) - 1) },
      (_, at) => `${prefix}-${String(Number(first) + at + 1).padStart(2, '0')}`,
    ),
  );

/**
 * @param {string} path
 * @param {string} source
 * @returns {string[]}
 */
function testTitles(path, source) {
  /** @type {string[]} */
  const titles = [];
  walk(parseModule(source, path), (node) => {
    if (node.type !== 'CallExpression' || !['it', 'test'].includes(rootOf(node.callee) ?? '')) return;
    const title = titleOf(nodesOf(node.arguments)[0]);
    if (title !== undefined) titles.push(title);
  });
  return titles;
}

/**
 * `it` of `it`, `it.skipIf(x)` and `it.each(rows)`.
 *
 * @param {unknown} callee
 * @returns {string | undefined}
 */
function rootOf(callee) {
  if (!isNode(callee)) return undefined;
  if (callee.type === 'Identifier') return String(callee.name);
  return rootOf(callee.object ?? callee.callee ?? callee.tag);
}

/** @param {unknown} node */
function titleOf(node) {
  if (!isNode(node) || node.type !== 'TemplateLiteral') return textOf(node);
  return nodesOf(node.quasis)
    .map((part) => /** @type {{ cooked: string }} */ (part.value).cooked)
    .join('…');
}

/**
 * The page: proven requirements with the guarantee and where it is tested, then those not yet proven.
 *
 * @param {readonly Group[]} groups
 * @param {readonly Proof[]} proofs
 * @returns {{ page: string, unknown: readonly Proof[] }} `unknown`: proofs of an id that does not exist
 */
export function coveragePage(groups, proofs) {
  const ids = groups.map((group) => ({ group, ids: idsOf(group) }));
  const known = new Set(ids.flatMap((entry) => entry.ids));
  const proven = new Set(proofs.map((proof) => proof.id).filter((id) => known.has(id)));
  const order = new Map([...known].map((id, index) => [id, index]));
  const rows = proofs
    .filter((proof) => known.has(proof.id))
    .toSorted(
      (a, b) =>
        (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0) || compare(a.path, b.path) || compare(a.guarantee, b.guarantee),
    );
  const open = ids.map((entry) => ({ ...entry, ids: entry.ids.filter((id) => !proven.has(id)) }));
  const page = [
    '# What the tests prove',
    '',
    'Written by `node scripts/coverage.mjs` from the titles of the tests; do not edit by hand.',
    '',
    `${proven.size} of ${known.size} requirements are named by at least one test.`,
    '',
    '## Proven',
    '',
    '| id | guarantee | test |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.id} | ${cell(row.guarantee)} | \`${row.path}\` |`),
    '',
    '## Not yet proven',
    '',
    '| group | about | ids |',
    '|---|---|---|',
    ...open
      .filter((entry) => entry.ids.length > 0)
      .map((entry) => `| ${entry.group.prefix} | ${entry.group.about} | ${ranges(entry.ids)} |`),
    '',
  ].join('\n');
  return { page, unknown: proofs.filter((proof) => !known.has(proof.id)) };
}

/** @param {Group} group */
const idsOf = (group) =>
  Array.from({ length: group.count }, (_, index) => `${group.prefix}-${String(index + 1).padStart(2, '0')}`);

/**
 * By code unit: the same order on every machine.
 *
 * @param {string} a
 * @param {string} b
 */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/**
 * `INT-01`, `INT-02`, `INT-04` -> `01-02, 04`.
 *
 * @param {readonly string[]} ids of one group, in order
 */
function ranges(ids) {
  /** @type {{ from: number, to: number }[]} */
  const found = [];
  for (const number of ids.map((id) => Number(id.slice(id.indexOf('-') + 1)))) {
    const last = found.at(-1);
    if (last?.to === number - 1) last.to = number;
    else found.push({ from: number, to: number });
  }
  /** @param {number} number */
  const digits = (number) => String(number).padStart(2, '0');
  return found.map(({ from, to }) => (from === to ? digits(from) : `${digits(from)}-${digits(to)}`)).join(', ');
}
