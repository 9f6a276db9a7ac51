/** In which order tables are filled so that every foreign key finds what it points at. */

export interface Reference {
  readonly from: string;
  readonly to: string;
  /** It is checked at the end of the transaction when asked, so it does not bind the order. */
  readonly deferrable: boolean;
}

export interface TableOrder {
  /** What is pointed at comes first; deleting goes the other way round. */
  readonly order: readonly string[];
  /** Tables that point at each other in a ring that no order satisfies; empty when there is none. */
  readonly ring: readonly string[];
}

/** Names in the order of the alphabet wherever foreign keys leave the choice, so that one schema has one order. */
export function orderTables(tables: readonly string[], references: readonly Reference[]): TableOrder {
  const waiting = new Set(tables.toSorted());
  const binding = references.filter(
    ({ from, to, deferrable }) => from !== to && !deferrable && waiting.has(from) && waiting.has(to),
  );
  const order: string[] = [];
  while (waiting.size > 0) {
    const next = [...waiting].find((name) => !binding.some(({ from, to }) => from === name && waiting.has(to)));
    if (next === undefined) return { order, ring: [...waiting] };
    order.push(next);
    waiting.delete(next);
  }
  return { order, ring: [] };
}
