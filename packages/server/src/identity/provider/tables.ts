import { boolean, integer, jsonb, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core';
import type { SigningAlg } from './core/key-schedule.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });

/** sha-256 of a secret, base64url. The older of two ends at `until`. */
export interface SecretHash {
  readonly hash: string;
  readonly until?: string;
}

export const oidcClients = pgTable('oidc_clients', {
  id: text().primaryKey(),
  productId: text('product_id').notNull(),
  name: varchar({ length: 255 }).notNull(),
  secrets: jsonb().$type<readonly SecretHash[]>().notNull(),
  redirectUris: text('redirect_uris').array().notNull(),
  postLogoutRedirectUris: text('post_logout_redirect_uris').array().notNull(),
  backchannelLogoutUri: text('backchannel_logout_uri'),
  trustedCa: text('trusted_ca'),
  loginUri: text('login_uri'),
  resource: text(),
  signingAlg: varchar('signing_alg', { length: 10 }).$type<SigningAlg>().notNull(),
  tenantLabel: varchar('tenant_label', { length: 50 }).notNull(),
  firstParty: boolean('first_party').notNull(),
  disabledAt: time('disabled_at'),
  version: integer().notNull().default(1),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
});

export const tenantBranding = pgTable('tenant_branding', {
  tenantId: uuid('tenant_id').primaryKey(),
  color: varchar({ length: 7 }).notNull(),
  updatedAt: time('updated_at').notNull(),
});
