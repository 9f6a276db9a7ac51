import { bigint, integer, jsonb, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';
import type { Plan } from '../products/index.ts';
import type { ClientContact, Contract } from './core/client.ts';
import type { ContactParty, ContactRole } from './core/contacts.ts';
import type { Isolation } from './core/offerings.ts';
import type { TenantSettings } from './core/settings.ts';
import type { AccessMode, Status } from './core/status.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });

export const clients = pgTable('clients', {
  id: uuid().primaryKey().defaultRandom(),
  reference: varchar({ length: 100 }).notNull(),
  legalName: varchar('legal_name', { length: 255 }).notNull(),
  contacts: jsonb().$type<readonly ClientContact[]>().notNull(),
  language: varchar({ length: 35 }).notNull(),
  timeZone: varchar('time_zone', { length: 64 }).notNull(),
  contract: jsonb().$type<Contract>().notNull(),
  version: integer().notNull().default(1),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export const tenants = pgTable('tenants', {
  id: uuid().primaryKey().defaultRandom(),
  name: varchar({ length: 255 }).notNull(),
  slug: varchar({ length: 100 }).notNull(),
  plan: varchar({ length: 50 }).$type<Plan>().notNull().default('free'),
  status: varchar({ length: 50 }).$type<Status>().notNull().default('active'),
  settings: jsonb().$type<TenantSettings>().notNull().default({}),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  productId: text('product_id').notNull(),
  clientId: uuid('client_id'),
  isolation: varchar({ length: 50 }).$type<Isolation>().notNull().default('pool-shared'),
  supportTier: varchar('support_tier', { length: 50 }).notNull().default('basic'),
  accessMode: varchar('access_mode', { length: 20 }).$type<AccessMode>(),
  statusReason: text('status_reason'),
  closedAt: time('closed_at'),
  closedReason: text('closed_reason'),
  pendingOffboardingAt: time('pending_offboarding_at'),
  settingsVersion: integer('settings_version').notNull().default(1),
  version: integer().notNull().default(1),
  createdRunId: uuid('created_run_id'),
  createdKey: text('created_key'),
});

export const tenantReservations = pgTable('tenant_reservations', {
  id: uuid().primaryKey(),
  slug: varchar({ length: 100 }).notNull(),
  productId: text('product_id').notNull(),
  clientId: uuid('client_id'),
  runId: uuid('run_id').notNull(),
  reservedAt: time('reserved_at').notNull().defaultNow(),
});

export const tenantSettingsVersions = pgTable('tenant_settings_versions', {
  tenantId: uuid('tenant_id').notNull(),
  version: integer().notNull(),
  plan: varchar({ length: 50 }).$type<Plan>().notNull(),
  settings: jsonb().$type<TenantSettings>().notNull(),
  isolation: varchar({ length: 50 }).$type<Isolation>().notNull(),
  supportTier: varchar('support_tier', { length: 50 }).notNull(),
  change: varchar({ length: 50 }).notNull(),
  undoOf: integer('undo_of'),
  key: text(),
  runId: uuid('run_id'),
  actor: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
  at: time('at').notNull().defaultNow(),
});

export const tenantHistory = pgTable('tenant_history', {
  id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  tenantId: uuid('tenant_id').notNull(),
  operation: varchar({ length: 50 }).notNull(),
  from: jsonb('from_value').$type<Readonly<Record<string, unknown>>>(),
  to: jsonb('to_value').$type<Readonly<Record<string, unknown>>>(),
  actor: jsonb().$type<Readonly<Record<string, unknown>>>().notNull(),
  authority: text().notNull(),
  reason: text(),
  at: time('at').notNull().defaultNow(),
  runId: uuid('run_id'),
  key: text(),
  undoOf: bigint('undo_of', { mode: 'number' }),
});

export const tenantContacts = pgTable('tenant_contacts', {
  id: uuid().primaryKey().defaultRandom(),
  tenantId: uuid('tenant_id').notNull(),
  party: varchar({ length: 10 }).$type<ContactParty>().notNull(),
  role: varchar({ length: 50 }).$type<ContactRole>().notNull(),
  name: varchar({ length: 255 }).notNull(),
  email: varchar({ length: 320 }).notNull(),
  phone: varchar({ length: 50 }),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});
