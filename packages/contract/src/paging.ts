import { z } from 'zod';

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;

/** Query of every list: how many, and where the page before it ended. */
export const pageQuerySchema = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_LIMIT_MAX)
    .default(PAGE_LIMIT_DEFAULT)
    .describe(`Items at most, 1 to ${PAGE_LIMIT_MAX}`),
  cursor: z.string().min(1).max(1_000).optional().describe('`next_cursor` of the page before; leave out for the first'),
});

export type PageQuery = z.infer<typeof pageQuerySchema>;

/** One page of a list. `next_cursor` is null on the last page and means nothing to anybody but the server. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/**
 * The schema of a page of some item.
 *
 * @example
 * const clientPage = pageSchema(z.object({ id: z.string(), name: z.string() }));
 */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe('Pass as `cursor` for the next page; null when this is the last'),
  });
