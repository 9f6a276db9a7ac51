import { boolean, integer, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });

export const users = pgTable('users', {
  id: uuid().primaryKey().defaultRandom(),
  tenantId: uuid('tenant_id').notNull(),
  email: varchar({ length: 320 }).notNull(),
  fullName: varchar('full_name', { length: 255 }).notNull(),
  role: varchar({ length: 50 }).notNull(),
  passwordHash: text('password_hash'),
  mustChangePassword: boolean('must_change_password').notNull().default(false),
  temporaryExpiresAt: time('temporary_expires_at'),
  /** Vault reference of the temporary password until it is changed. */
  temporaryPasswordRef: text('temporary_password_ref'),
  status: varchar({ length: 20 }).$type<'active' | 'disabled'>().notNull().default('active'),
  createdRunId: uuid('created_run_id'),
  createdKey: text('created_key'),
  version: integer().notNull().default(1),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});
