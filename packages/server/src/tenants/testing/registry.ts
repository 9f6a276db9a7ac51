import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Actor, Ctx, PersonActor } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import { type Profile, parseProfile, saveProduct } from '../../products/index.ts';
import { type CreatedTenant, createTenant, type NewTenant } from '../index.ts';

export const NOW = new Date('2026-11-20T09:00:00Z');

const PROFILE = new URL('../../../../../runbooks/cutlist/product.yaml', import.meta.url);

/** The shipped profile of the example product. */
export const cutlistProfile = (): Profile => parseProfile(parse(readFileSync(PROFILE, 'utf8')));

export const operator: PersonActor = {
  kind: 'person',
  id: '7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a01',
  name: 'Olive Operator',
  email: 'olive@vendor.example',
  party: 'vendor',
  roles: ['customer_success'],
  scopes: ['tenants:read', 'tenants:write', 'runbooks:write', 'runs:write', 'vault:reveal'],
  development: false,
};

/** May look, may not touch. */
export const reader: PersonActor = { ...operator, name: 'Rita Reader', scopes: ['tenants:read'] };

/** Somebody of a client, whose key was given a scope it should not have. */
export const clientPerson = (clientId: string): PersonActor => ({
  ...operator,
  name: 'Carl Client',
  party: 'client',
  clientId,
});

/** Runs a verb in a transaction of its own. */
export const act =
  (database: Database) =>
  <T>(fn: (ctx: Ctx) => Promise<T>, { actor = operator, now = NOW }: { actor?: Actor; now?: Date } = {}): Promise<T> =>
    database.transaction('operator', (tx) => fn({ tx, actor, now }));

export const storeCutlist = (database: Database): Promise<unknown> =>
  act(database)((ctx) => saveProduct(ctx, cutlistProfile()));

export const uniqueSlug = (): string => `acme-${randomUUID().slice(0, 8)}`;

/** A professional tenant being onboarded, unless told otherwise. */
export const newTenant = (overrides: Partial<NewTenant> = {}): NewTenant => ({
  productId: 'cutlist',
  name: 'Acme Joinery',
  slug: uniqueSlug(),
  plan: 'professional',
  status: 'onboarding',
  ...overrides,
});

export const makeTenant = (database: Database, overrides: Partial<NewTenant> = {}): Promise<CreatedTenant> =>
  act(database)((ctx) => createTenant(ctx, newTenant(overrides)));
