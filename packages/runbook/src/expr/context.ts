/**
 * What an expression is shown of a scope: exactly the paths it names, nothing more. This keeps evaluation
 * proportional to what is read, tells which unknowns it depends on, and hides prototypes.
 */
import { isSecretReference, isSecretTemplate, isUnknown } from './markers.ts';
import type { Reference } from './references.ts';
import { ABSENT, type Intake, toCel } from './values.ts';

/** Names an expression may read: `intake`, `steps`, … Members are JSON, `Date` for timestamps, or markers. */
export type Scope = Readonly<Record<string, unknown>>;

/** The paths of an expression as a tree; `whole` ends a path. */
export interface PathTree {
  whole: boolean;
  readonly children: Map<string, PathTree>;
}

const emptyTree = (): PathTree => ({ whole: false, children: new Map() });

export function pathTree(references: readonly Reference[]): PathTree {
  const root = emptyTree();
  for (const reference of references) {
    let node = root;
    for (const name of reference.path) {
      const next = node.children.get(name) ?? emptyTree();
      node.children.set(name, next);
      node = next;
    }
    node.whole = true;
  }
  return root;
}

/** The variables of one evaluation. */
export function narrow(scope: Scope, tree: PathTree, intake: Intake): Map<string, unknown> {
  const context = new Map<string, unknown>();
  for (const [name, node] of tree.children) {
    const value = Object.hasOwn(scope, name) ? take(scope[name], node, intake) : ABSENT;
    if (value !== ABSENT) context.set(name, value);
  }
  return context;
}

function take(value: unknown, node: PathTree, intake: Intake): unknown {
  if (node.whole || !isPlainMap(value)) return toCel(value, intake);
  const members = new Map<string, unknown>();
  for (const [name, child] of node.children) {
    if (!Object.hasOwn(value, name)) continue;
    const member = take(value[name], child, intake);
    if (member !== ABSENT) members.set(name, member);
  }
  return members;
}

const isPlainMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !isUnknown(value) &&
  !isSecretReference(value) &&
  !isSecretTemplate(value);

/** The value at a path, or undefined; own members only. */
export function valueAt(scope: Scope, path: readonly string[]): unknown {
  let value: unknown = scope;
  for (const name of path) {
    if (isUnknown(value)) return value;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}
