/** The shape of a parsed expression, as far as this package reads it; `cel.ts` alone knows the library. */

export interface CelNode {
  readonly op: string;
  readonly args: unknown;
  /** Character offsets in the expression. */
  readonly start: number;
  readonly end: number;
}

/** The five macros that bind a variable; their first argument is its name. */
export const BINDING_MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

const isNode = (value: unknown): value is CelNode => typeof value === 'object' && value !== null && 'op' in value;

/** Direct sub-expressions, in order. */
export function childrenOf(node: CelNode): readonly CelNode[] {
  if (node.op === 'value' || node.op === 'id') return [];
  const children: CelNode[] = [];
  gather(node.args, children);
  return children;
}

function gather(value: unknown, children: CelNode[]): void {
  if (isNode(value)) children.push(value);
  else if (Array.isArray(value)) for (const item of value) gather(item, children);
}

/** `f(x)` or `x.f(y)`: its name, its receiver and its arguments. */
export interface CallParts {
  readonly name: string;
  readonly receiver?: CelNode;
  readonly args: readonly CelNode[];
}

export function callParts(node: CelNode): CallParts | undefined {
  if (node.op === 'call') {
    const [name, args] = node.args as [string, readonly CelNode[]];
    return { name, args };
  }
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args as [string, CelNode, readonly CelNode[]];
    return { name, receiver, args };
  }
  return undefined;
}

/** `list.all(x, …)`: the bound name and the bodies in which it holds. */
export function macroParts(
  node: CelNode,
): { name: string; list: CelNode; variable: string; bodies: readonly CelNode[] } | undefined {
  const call = callParts(node);
  if (call?.receiver === undefined || !BINDING_MACROS.has(call.name)) return undefined;
  const [variable, ...bodies] = call.args;
  if (variable?.op !== 'id' || bodies.length === 0) return undefined;
  return { name: call.name, list: call.receiver, variable: String(variable.args), bodies };
}

/** The text of a literal string, or undefined. */
export const literalText = (node: CelNode | undefined): string | undefined =>
  node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;

/** Visits every node, outermost first. */
export function visit(node: CelNode, each: (node: CelNode) => void): void {
  each(node);
  for (const child of childrenOf(node)) visit(child, each);
}
