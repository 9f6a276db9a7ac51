import { integer, jsonb, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';
import type { EnvironmentConnections } from './core/environment.ts';
import type { Profile } from './core/profile.ts';

const time = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

export const products = pgTable('products', {
  id: text().primaryKey(),
  name: varchar({ length: 255 }).notNull(),
  profile: jsonb().$type<Profile>().notNull(),
  version: integer().notNull().default(1),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

export const environments = pgTable('environments', {
  id: uuid().primaryKey().defaultRandom(),
  productId: text('product_id').notNull(),
  name: varchar({ length: 50 }).notNull(),
  connections: jsonb().$type<EnvironmentConnections>().notNull(),
  settings: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
  version: integer().notNull().default(1),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});
