import { type CelNode, callParts, childrenOf, literalText, macroParts } from './ast.ts';

/** One path an expression reads: `steps.tenant.output.id`. Variables of macros are not references. */
export interface Reference {
  readonly path: readonly string[];
  /** Character offsets in the expression. */
  readonly start: number;
  readonly end: number;
  /** Stands inside `has()`: the last name may be absent. */
  readonly optional: boolean;
  /** Goes on with an index that only evaluation can tell: `vars.table[intake.reason]`. */
  readonly computed: boolean;
}

/** Every path read by an expression, in reading order. */
export function referencesOf(root: CelNode): readonly Reference[] {
  const found: Reference[] = [];
  collect(root, new Set(), false, found);
  return found;
}

function collect(node: CelNode, bound: ReadonlySet<string>, optional: boolean, found: Reference[]): void {
  const chain = pathOf(node);
  if (chain !== undefined) {
    if (!bound.has(chain.path[0] ?? '')) {
      found.push({ path: chain.path, start: node.start, end: node.end, optional, computed: chain.computed });
    }
    for (const index of chain.indexes) collect(index, bound, false, found);
    return;
  }
  const macro = macroParts(node);
  if (macro !== undefined) {
    collect(macro.list, bound, false, found);
    const inner = new Set([...bound, macro.variable]);
    for (const body of macro.bodies) collect(body, inner, false, found);
    return;
  }
  const inHas = callParts(node)?.name === 'has' && node.op === 'call';
  for (const child of childrenOf(node)) collect(child, bound, inHas, found);
}

/** `a.b[0]` -> a.b; the path of one node, or undefined when it is not a path. */
export const pathOfNode = (node: CelNode): readonly string[] | undefined => {
  const chain = pathOf(node);
  return chain === undefined || chain.computed ? undefined : chain.path;
};

interface Chain {
  readonly path: readonly string[];
  readonly computed: boolean;
  /** Expressions inside `[…]`, which read paths of their own. */
  readonly indexes: readonly CelNode[];
}

/** `a.b["c"][d].e` -> path a.b.c, computed, indexes [d]; undefined when the node does not start at a name. */
function pathOf(node: CelNode): Chain | undefined {
  if (node.op === 'id') return { path: [String(node.args)], computed: false, indexes: [] };
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [owner, member] = node.args as [CelNode, CelNode | string];
  const base = pathOf(owner);
  if (base === undefined) return undefined;
  const name = typeof member === 'string' ? member : literalText(member);
  if (name !== undefined) return base.computed ? base : { ...base, path: [...base.path, name] };
  return { path: base.path, computed: true, indexes: [...base.indexes, member as CelNode] };
}
