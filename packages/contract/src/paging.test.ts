import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pageQuerySchema, pageSchema } from './paging.ts';

describe('the query of a list', () => {
  it('takes numbers as a query string carries them, and 50 items when none is named', () => {
    expect(pageQuerySchema.parse({ limit: '20', cursor: 'abc' })).toEqual({ limit: 20, cursor: 'abc' });
    expect(pageQuerySchema.parse({})).toEqual({ limit: 50 });
  });

  it.each(['0', '201', '-1', '1.5', 'many', ''])('refuses the limit %j', (limit) => {
    expect(pageQuerySchema.safeParse({ limit }).success).toBe(false);
  });
});

it('a page says in one member whether another follows', () => {
  const schema = pageSchema(z.object({ id: z.string() }));
  expect(schema.safeParse({ items: [{ id: 'a' }], next_cursor: null }).success).toBe(true);
  expect(schema.safeParse({ items: [{ id: 'a' }] }).success).toBe(false);
});
