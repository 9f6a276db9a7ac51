import { bigint, boolean, customType, jsonb, pgTable, smallint, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { PlatformRole } from '../access/index.ts';
import type { SecretRef } from '../connectors/kit/index.ts';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const people = pgTable('people', {
  id: uuid('id').primaryKey().defaultRandom(),
  name: text('name').notNull(),
  email: text('email').notNull(),
  party: text('party', { enum: ['vendor', 'client'] }).notNull(),
  roles: text('roles').array().notNull().default([]),
  clientId: uuid('client_id'),
  development: boolean('development').notNull().default(false),
  createdAt: at('created_at').notNull(),
  disabledAt: at('disabled_at'),
});

export const apiKeys = pgTable('api_keys', {
  id: uuid('id').primaryKey().defaultRandom(),
  personId: uuid('person_id').notNull(),
  name: text('name').notNull(),
  scopes: text('scopes').array().notNull(),
  keyHash: bytea('key_hash').notNull(),
  prefix: text('prefix').notNull(),
  createdAt: at('created_at').notNull(),
  expiresAt: at('expires_at'),
  revokedAt: at('revoked_at'),
  lastUsedAt: at('last_used_at'),
});

export const grants = pgTable('grants', {
  id: uuid('id').primaryKey().defaultRandom(),
  personId: uuid('person_id').notNull(),
  role: text('role').$type<PlatformRole>().notNull(),
  productId: text('product_id'),
  clientId: uuid('client_id'),
  source: text('source', { enum: ['person', 'idp', 'setup'] }).notNull(),
  grantedBy: uuid('granted_by'),
  at: at('at').notNull(),
  expiresAt: at('expires_at'),
});

export const operatorSessions = pgTable('operator_sessions', {
  id: uuid('id').primaryKey().defaultRandom(),
  personId: uuid('person_id').notNull(),
  tokenHash: bytea('token_hash').notNull(),
  amr: text('amr').array().notNull(),
  address: text('address').notNull(),
  userAgent: text('user_agent').notNull(),
  createdAt: at('created_at').notNull(),
  lastSeenAt: at('last_seen_at').notNull(),
  expiresAt: at('expires_at').notNull(),
  endedAt: at('ended_at'),
  endedReason: text('ended_reason'),
});

export const operatorIdentities = pgTable('operator_identities', {
  issuer: text('issuer').notNull(),
  subject: text('subject').notNull(),
  personId: uuid('person_id').notNull(),
  linkedAt: at('linked_at').notNull(),
});

export const operatorInvitations = pgTable('operator_invitations', {
  id: uuid('id').primaryKey().defaultRandom(),
  personId: uuid('person_id').notNull(),
  tokenHash: bytea('token_hash').notNull(),
  linkRef: text('link_ref'),
  createdAt: at('created_at').notNull(),
  expiresAt: at('expires_at').notNull(),
  usedAt: at('used_at'),
});

export const operatorCredentials = pgTable('operator_credentials', {
  personId: uuid('person_id').primaryKey(),
  passwordHash: text('password_hash').notNull(),
  totp: jsonb('totp').$type<SecretRef>().notNull(),
  confirmedAt: at('confirmed_at'),
  totpStep: bigint('totp_step', { mode: 'number' }),
  setAt: at('set_at').notNull(),
});

export const operatorRecoveryCodes = pgTable('operator_recovery_codes', {
  personId: uuid('person_id').notNull(),
  codeHash: bytea('code_hash').notNull(),
  usedAt: at('used_at'),
});

export const supportAccess = pgTable('support_access', {
  id: uuid('id').primaryKey().defaultRandom(),
  tenantId: uuid('tenant_id').notNull(),
  personId: uuid('person_id').notNull(),
  reason: text('reason').notNull(),
  hours: smallint('hours').notNull(),
  askedAt: at('asked_at').notNull(),
  grantedBy: uuid('granted_by'),
  fromAt: at('from_at'),
  untilAt: at('until_at'),
  endedAt: at('ended_at'),
  endedBy: uuid('ended_by'),
  endedReason: text('ended_reason'),
});

export type Person = typeof people.$inferSelect;
