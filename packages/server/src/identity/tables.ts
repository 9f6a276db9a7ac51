import {
  bigint,
  boolean,
  customType,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import type { SessionEnd, SessionKind } from './authentication.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const ms = (name: string) => bigint(name, { mode: 'number' });

/** `invited`: has no password yet and cannot log in. */
export type UserStatus = 'active' | 'disabled' | 'invited';

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
  status: varchar({ length: 20 }).$type<UserStatus>().notNull().default('active'),
  emailVerifiedAt: time('email_verified_at'),
  mustVerifyEmail: boolean('must_verify_email').notNull().default(false),
  selfRegistered: boolean('self_registered').notNull().default(false),
  pilot: boolean().notNull().default(false),
  lastLoginAt: time('last_login_at'),
  createdRunId: uuid('created_run_id'),
  createdKey: text('created_key'),
  version: integer().notNull().default(1),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

export const tenantPolicies = pgTable('tenant_policies', {
  tenantId: uuid('tenant_id').primaryKey(),
  idleMs: ms('idle_ms').notNull(),
  absoluteMs: ms('absolute_ms').notNull(),
  accessTokenMs: ms('access_token_ms').notNull(),
  refreshMs: ms('refresh_ms').notNull(),
  mfaRequired: boolean('mfa_required').notNull(),
  ipAllow: text('ip_allow').array().notNull(),
  passwordsEnabled: boolean('passwords_enabled').notNull(),
  version: integer().notNull().default(1),
  updatedAt: time('updated_at').notNull(),
});

export const userSessions = pgTable('user_sessions', {
  id: uuid().primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  userId: uuid('user_id').notNull(),
  kind: text().$type<SessionKind>().notNull(),
  tokenHash: bytes('token_hash').notNull(),
  amr: text().array().notNull(),
  address: text().notNull(),
  userAgent: text('user_agent').notNull(),
  createdAt: time('created_at').notNull(),
  lastSeenAt: time('last_seen_at').notNull(),
  endedAt: time('ended_at'),
  endedReason: text('ended_reason').$type<SessionEnd>(),
});

export const userTokens = pgTable('user_tokens', {
  id: uuid().primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  userId: uuid('user_id').notNull(),
  purpose: text().$type<'reset' | 'verify' | 'invite' | 'email' | 'object'>().notNull(),
  tokenHash: bytes('token_hash').notNull(),
  email: varchar({ length: 320 }).notNull(),
  linkRef: text('link_ref'),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  sessionId: uuid('session_id'),
  spentAt: time('spent_at'),
  withdrawnAt: time('withdrawn_at'),
});

export const userTotp = pgTable('user_totp', {
  userId: uuid('user_id').primaryKey(),
  tenantId: uuid('tenant_id').notNull(),
  secretRef: text('secret_ref').notNull(),
  createdAt: time('created_at').notNull(),
  confirmedAt: time('confirmed_at'),
  lastStep: bigint('last_step', { mode: 'number' }),
});

export const userRecoveryCodes = pgTable(
  'user_recovery_codes',
  {
    codeHash: bytes('code_hash').notNull(),
    tenantId: uuid('tenant_id').notNull(),
    userId: uuid('user_id').notNull(),
    usedAt: time('used_at'),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.userId, table.codeHash] })],
);
