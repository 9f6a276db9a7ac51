import { boolean, char, integer, jsonb, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';
import type { BackupScope } from './core/header.ts';
import type { Rhythm } from './core/retention.ts';
import type { Payload } from './core/stamp.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });
type Facts = Readonly<Record<string, unknown>>;

/** One file of a backup, as the list knows it. */
export interface BackupFile {
  readonly database: string;
  /** From the backup folder on. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly payload: Payload;
  readonly schema_sha256: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

export const backups = pgTable('backups', {
  id: uuid().primaryKey(),
  scope: text().$type<BackupScope>().notNull(),
  productId: text('product_id'),
  environment: varchar({ length: 50 }),
  tenantId: uuid('tenant_id'),
  stamp: char({ length: 15 }).notNull(),
  status: text().$type<'writing' | 'ready' | 'failed' | 'gone'>().notNull(),
  files: jsonb().$type<readonly BackupFile[]>().notNull().default([]),
  keepUntil: time('keep_until').notNull(),
  runId: uuid('run_id'),
  key: text('idempotency_key'),
  actor: jsonb().$type<Facts>().notNull(),
  createdAt: time('created_at').notNull(),
  endedAt: time('ended_at'),
  failure: jsonb().$type<Facts>(),
  verifiedAt: time('verified_at'),
  verifiedByRestore: boolean('verified_by_restore'),
  verification: jsonb().$type<Facts>(),
});

export const backupOperations = pgTable('backup_operations', {
  id: uuid().primaryKey(),
  kind: text().$type<'create' | 'verify' | 'restore'>().notNull(),
  tenantId: uuid('tenant_id'),
  productId: text('product_id'),
  backupId: uuid('backup_id'),
  request: jsonb().$type<Facts>().notNull(),
  status: text().$type<'queued' | 'running' | 'done' | 'failed'>().notNull(),
  progress: jsonb().$type<Facts>(),
  report: jsonb().$type<Facts>(),
  failure: jsonb().$type<Facts>(),
  actor: jsonb().$type<Facts>().notNull(),
  askedAt: time('asked_at').notNull(),
  startedAt: time('started_at'),
  endedAt: time('ended_at'),
});

export const backupSchedules = pgTable('backup_schedules', {
  id: uuid().primaryKey(),
  productId: text('product_id').notNull(),
  environment: varchar({ length: 50 }).notNull(),
  tenantId: uuid('tenant_id'),
  every: text().$type<Rhythm>().notNull(),
  keepDays: integer('keep_days').notNull(),
  nextAt: time('next_at').notNull(),
  nextTestAt: time('next_test_at').notNull(),
  failures: integer().notNull().default(0),
  actor: jsonb().$type<Facts>().notNull(),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
});
