import { TenantryError } from '@tenantry/contract';
import type { z } from 'zod';

/** The values of the sort columns of the last row, as text nobody is meant to read. */
export const encodeCursor = (keyset: readonly (string | number | Date)[]): string =>
  Buffer.from(JSON.stringify(keyset)).toString('base64url');

/**
 * The values inside a cursor, checked: it comes back from outside.
 *
 * @example
 * const after = decodeCursor(query.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
 *
 * @throws request.invalid
 */
export function decodeCursor<Schema extends z.ZodType>(
  cursor: string | undefined,
  schema: Schema,
): z.output<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const result = schema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (result.success) return result.data;
  throw new TenantryError('request.invalid', 'The cursor is none that this list gave.', {
    faults: [{ path: 'query.cursor', message: 'is not the next_cursor of a page of this list' }],
    next: 'Leave the cursor out to start from the first page.',
  });
}

/**
 * A page out of `limit + 1` rows: the extra row only tells that there is more.
 *
 * @example
 * const page = pageOf(rows, limit, (row) => [row.createdAt, row.id]);
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keysetOf: (row: Row) => readonly (string | number | Date)[],
): { items: Row[]; next_cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: last !== undefined && rows.length > limit ? encodeCursor(keysetOf(last)) : null };
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
