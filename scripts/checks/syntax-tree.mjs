import { parseAst } from 'vitest/node';

/**
 * A node of a syntax tree: any ESTree node, its members read by name.
 * @typedef {{ type: string, start: number, [member: string]: unknown }} TreeNode
 */

/**
 * @param {unknown} value
 * @returns {value is TreeNode}
 */
export const isNode = (value) =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;

/**
 * @param {string} source
 * @param {string} path decides between TypeScript and JavaScript, with or without JSX
 */
export function parseModule(source, path) {
  const lang = /** @type {'ts' | 'tsx' | 'js' | 'jsx'} */ ((/\.[cm]?([jt]sx?)$/.exec(path) ?? [])[1] ?? 'ts');
  return parseAst(source, { lang });
}

/**
 * Calls `visit` on each node under `value`, parents first.
 *
 * @param {unknown} value
 * @param {(node: TreeNode) => void} visit
 */
export function walk(value, visit) {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (isNode(value)) {
    visit(value);
    for (const member of Object.values(value)) if (typeof member === 'object') walk(member, visit);
  }
}

/**
 * @param {unknown} value
 * @returns {TreeNode[]}
 */
export const nodesOf = (value) => (Array.isArray(value) ? value.filter(isNode) : []);

/** @param {unknown} node */
export const textOf = (node) =>
  isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;

/**
 * @param {unknown} node
 * @returns {string | undefined}
 */
export function dotted(node) {
  if (!isNode(node)) return undefined;
  if (node.type === 'Identifier') return String(node.name);
  if (node.type !== 'MemberExpression' || node.computed === true) return undefined;
  const [object, property] = [dotted(node.object), dotted(node.property)];
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

/**
 * Answers the line, counted from 1, of an offset in `source`.
 *
 * @param {string} source
 */
export function lineCounter(source) {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  /** @param {number} offset */
  return (offset) => {
    let line = starts.length;
    while (line > 1 && (starts[line - 1] ?? 0) > offset) line--;
    return line;
  };
}
