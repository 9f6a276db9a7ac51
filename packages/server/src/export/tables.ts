import { bigint, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });
type Facts = Readonly<Record<string, unknown>>;

export const EXPORT_STATUSES = ['queued', 'running', 'ready', 'failed', 'cancelled', 'expired'] as const;

export const tenantExports = pgTable('tenant_exports', {
  id: uuid().primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  format: text().$type<'json' | 'csv'>().notNull(),
  status: text().$type<(typeof EXPORT_STATUSES)[number]>().notNull(),
  attempts: integer().notNull().default(0),
  progress: jsonb().$type<Facts>(),
  file: text(),
  rowCount: bigint('row_count', { mode: 'number' }),
  bytes: bigint({ mode: 'number' }),
  sha256: text(),
  seal: jsonb().$type<Facts>(),
  linkRound: integer('link_round').notNull().default(1),
  failure: jsonb().$type<Facts>(),
  actor: jsonb().$type<Facts>().notNull(),
  askedAt: time('asked_at').notNull(),
  startedAt: time('started_at'),
  endedAt: time('ended_at'),
  expiresAt: time('expires_at'),
});

export type ExportJob = typeof tenantExports.$inferSelect;
