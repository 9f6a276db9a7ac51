import { dotted, isNode, lineCounter, nodesOf, parseModule, textOf, walk } from './syntax-tree.mjs';

/** @typedef {import('./syntax-tree.mjs').TreeNode} TreeNode */

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {number} line counted from 1
 * @property {boolean} typeOnly erased when compiled
 * @property {readonly string[]} names imported names; `*` for a namespace or a dynamic import
 */

/**
 * @typedef {object} ModuleFacts
 * @property {readonly Import[]} imports
 * @property {readonly { what: string, line: number }[]} impure uses of clock, randomness, environment, network, log
 */

const AMBIENT = new Set(['process', 'console', 'performance']);
const AMBIENT_CALLS = new Set([
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Date.now',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);

/**
 * The imports of one module, and what in it depends on more than its arguments, read from the syntax tree
 * (a pattern match would be fooled by strings, comments and type arguments).
 *
 * @param {string} source
 * @param {string} path decides between TypeScript and JavaScript, with or without JSX
 * @returns {ModuleFacts}
 */
export function readModule(source, path) {
  const tree = parseModule(source, path);
  const lineOf = lineCounter(source);
  /** @type {Import[]} */
  const imports = [];
  /** @type {{ what: string, line: number }[]} */
  const impure = [];
  walk(tree, (node) => {
    const found = importOf(node);
    if (found) imports.push({ ...found, line: lineOf(node.start) });
    const what = ambientUse(node);
    if (what) impure.push({ what, line: lineOf(node.start) });
  });
  return { imports, impure };
}

/**
 * @param {TreeNode} node
 * @returns {Omit<Import, 'line'> | undefined}
 */
function importOf(node) {
  const specifier = textOf(node.source);
  if (specifier === undefined) return undefined;
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration': {
      const parts = nodesOf(node.specifiers);
      const whole = node.importKind === 'type' || node.exportKind === 'type';
      const each = parts.length > 0 && parts.every((part) => part.importKind === 'type' || part.exportKind === 'type');
      return { specifier, typeOnly: whole || each, names: parts.map(importedName) };
    }
    case 'ExportAllDeclaration':
      return { specifier, typeOnly: node.exportKind === 'type', names: ['*'] };
    case 'ImportExpression':
      return { specifier, typeOnly: false, names: ['*'] };
    case 'TSImportType':
      return { specifier, typeOnly: true, names: ['*'] };
    default:
      return undefined;
  }
}

/** @param {TreeNode} part */
function importedName(part) {
  const name = part.type === 'ExportSpecifier' ? part.local : part.imported;
  return isNode(name) && typeof name.name === 'string'
    ? name.name
    : part.type === 'ImportDefaultSpecifier'
      ? 'default'
      : '*';
}

/**
 * @param {TreeNode} node
 * @returns {string | undefined}
 */
function ambientUse(node) {
  if (node.type === 'MemberExpression') {
    const root = dotted(node.object);
    return root !== undefined && (AMBIENT.has(root) || root === 'Temporal.Now') ? root : undefined;
  }
  if (node.type === 'CallExpression') {
    const callee = dotted(node.callee);
    return callee !== undefined && AMBIENT_CALLS.has(callee) ? `${callee}()` : undefined;
  }
  const isNewDate = node.type === 'NewExpression' && dotted(node.callee) === 'Date';
  return isNewDate && nodesOf(node.arguments).length === 0 ? 'new Date()' : undefined;
}
