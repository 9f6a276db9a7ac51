import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { expect, it } from 'vitest';
import { columnsOf } from './columns.ts';

const things = pgTable('things', { name: text(), keptMs: bigint('kept_ms', { mode: 'number' }) });

it('names columns as Drizzle does, and asks for whole numbers as numbers', () => {
  expect(columnsOf(things)).toBe('things.name as "name", things.kept_ms::float8 as "keptMs"');
  expect(columnsOf(things, 't')).toBe('t.name as "name", t.kept_ms::float8 as "keptMs"');
});
