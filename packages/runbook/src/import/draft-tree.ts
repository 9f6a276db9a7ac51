/** What a draft consists of before it is YAML: texts, maps and lists that know which units they come from. */
import type { Unit } from './unit.ts';

export interface TextNode {
  readonly kind: 'text';
  readonly value: string | number | boolean;
  readonly from: readonly Unit[];
  /** Said beside the source line. */
  readonly remark?: string;
  /** Where only a part of a unit is meant. */
  readonly line?: number;
  /** The line stands beside a neighbour already. */
  readonly quiet?: boolean;
  readonly before?: readonly RemarkLine[];
}

/** A line of its own before a part. */
export interface RemarkLine {
  readonly text: string;
  readonly from: readonly Unit[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: readonly (readonly [string, TreeNode])[];
  readonly before: readonly RemarkLine[];
  readonly flow: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
  readonly flow: boolean;
  readonly before?: readonly RemarkLine[];
}

export type TreeNode = TextNode | MapNode | ListNode;

export const text = (
  value: TextNode['value'],
  from: readonly Unit[] = [],
  more: Pick<Partial<TextNode>, 'remark' | 'line' | 'quiet' | 'before'> = {},
): TextNode => ({ kind: 'text', value, from, ...more });

/** A map without its absent members. */
export const map = (
  entries: readonly (readonly [string, TreeNode | undefined])[],
  { flow = false, before = [] }: { readonly flow?: boolean; readonly before?: readonly RemarkLine[] } = {},
): MapNode => ({
  kind: 'map',
  entries: entries.filter((entry): entry is readonly [string, TreeNode] => entry[1] !== undefined),
  flow,
  before,
});

export const list = (
  items: readonly TreeNode[],
  { flow = false, before = [] }: { readonly flow?: boolean; readonly before?: readonly RemarkLine[] } = {},
): ListNode => ({ kind: 'list', items, flow, before });

export const names = (ids: readonly string[], before: readonly RemarkLine[] = []): ListNode =>
  list(
    ids.map((id) => text(id)),
    { flow: true, before },
  );

/** Plain JSON as a tree, for schemas of form fields. */
export function plainTree(value: unknown, from: readonly Unit[] = []): TreeNode {
  if (Array.isArray(value))
    return list(
      value.map((item) => plainTree(item, from)),
      { flow: true },
    );
  return text(typeof value === 'number' || typeof value === 'boolean' ? value : String(value), from, { quiet: true });
}
