import { createHash, randomBytes } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, asc, eq, gt, inArray, type SQL } from 'drizzle-orm';
import type { AdapterPayload } from 'oidc-provider';
import { z } from 'zod';
import { type Ctx, covers, permit, reachOf, type Where } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import { type Database, type Tx, violatedConstraint } from '../../db/index.ts';
import { addressFault } from './core/application-address.ts';
import { SIGNING_ALGS } from './core/key-schedule.ts';
import { oidcClients, type SecretHash } from './tables.ts';

/** An application of the vendor that logs its users in here. */
export type OidcClient = typeof oidcClients.$inferSelect;

const address = z
  .string()
  .max(2_000)
  .check((context) => {
    const fault = addressFault(context.value);
    if (fault !== undefined) context.issues.push({ code: 'custom', message: fault, input: context.value });
  });

const addresses = z.array(address).max(20);

const changeable = {
  name: z.string().trim().min(1).max(255),
  /** Compared as text, every character of it. */
  redirectUris: addresses.min(1),
  postLogoutRedirectUris: addresses.default([]),
  backchannelLogoutUri: address.nullable().default(null),
  trustedCa: z.string().max(20_000).includes('BEGIN CERTIFICATE').nullable().default(null),
  /** Where the application begins a log-in; mails lead there. */
  loginUri: address.nullable().default(null),
  /** Audience of its access tokens, which are then JWTs; without one they are opaque and open userinfo. */
  resource: z.url().nullable().default(null),
  signingAlg: z.enum(SIGNING_ALGS).default('RS256'),
  /** What the application calls a tenant, in the log-in form. */
  tenantLabel: z.string().trim().min(1).max(50).default('Organisation'),
  /** The vendor's own: users are not asked for consent. */
  firstParty: z.boolean().default(true),
};

export const newOidcClientSchema = z.strictObject({
  /** Its `client_id`. */
  id: z.string().regex(/^[a-z0-9][a-z0-9_-]{2,62}$/, 'three or more lower-case letters, digits, - and _'),
  productId: z.string(),
  /** Without a secret, for an application that cannot keep one; PKCE protects both kinds. */
  public: z.boolean().default(false),
  ...changeable,
});

export const oidcClientChangeSchema = z.strictObject(
  Object.fromEntries(Object.entries(changeable).map(([name, schema]) => [name, unwrapDefault(schema).optional()])) as {
    readonly [Name in keyof typeof changeable]: z.ZodOptional<z.ZodType<z.output<(typeof changeable)[Name]>>>;
  },
);

function unwrapDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
}

export type NewOidcClient = z.input<typeof newOidcClientSchema>;
export type OidcClientChange = z.input<typeof oidcClientChangeSchema>;

/** 256 random bits: nothing to guess, so a plain hash keeps it. */
const newSecret = (): Secret => new Secret(randomBytes(32).toString('base64url'));

export const hashSecret = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * An application opens every tenant of its product, so what is done to it is done to the whole product: a grant for one
 * client is not enough, and people of a client see none.
 */
const wholeProduct = ({ productId }: Pick<OidcClient, 'productId'>): Where => ({ productId, clientId: null });

/** How long the old secret stays good after a new one was made. */
const OVERLAP_MS = 24 * 60 * 60 * 1_000;

/**
 * Registers an application. The secret is answered here and never again.
 *
 * @throws request.invalid, product.not_found; access.forbidden, also for a product that is not the actor's as a whole
 */
export async function createClient(
  ctx: Ctx,
  input: NewOidcClient,
): Promise<{ readonly client: OidcClient; readonly secret: Secret | undefined }> {
  permit(ctx.actor, 'tenants:write');
  const { public: isPublic, ...fields } = parse(newOidcClientSchema, input);
  permit(ctx.actor, 'tenants:write', wholeProduct(fields));
  const secret = isPublic ? undefined : newSecret();
  const secrets: readonly SecretHash[] = secret === undefined ? [] : [{ hash: hashSecret(secret.reveal()) }];
  const [client] = await ctx.tx.orm
    .insert(oidcClients)
    .values({ ...fields, secrets, createdAt: ctx.now, updatedAt: ctx.now })
    .returning()
    .catch((error: unknown) => {
      throw explain(error, fields);
    });
  if (client === undefined) throw notFound(fields.id);
  await audit(ctx, 'oidc_client.created', client);
  return { client, secret };
}

/**
 * The application as it is wished for, with a new secret: for installations that describe their applications, and so
 * start with them again and again.
 *
 * @throws as `createClient` does
 */
export async function ensureClient(
  ctx: Ctx,
  input: NewOidcClient,
): Promise<{ readonly client: OidcClient; readonly secret: Secret | undefined }> {
  if ((await findClient(ctx.tx, input.id)) === undefined) return createClient(ctx, input);
  const { id, productId: _productId, public: isPublic, ...wish } = parse(newOidcClientSchema, input);
  const client = await changeClient(ctx, id, wish);
  return isPublic === true ? { client, secret: undefined } : rotateSecret(ctx, id);
}

/** Changes what is given. @throws request.invalid, request.not_found, access.forbidden */
export async function changeClient(ctx: Ctx, id: string, input: OidcClientChange): Promise<OidcClient> {
  permit(ctx.actor, 'tenants:write');
  const change = parse(oidcClientChangeSchema, input);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const before = await lockClient(ctx, id);
  return update(ctx, before, given, 'oidc_client.changed');
}

/**
 * Makes another secret. The one before stays good for a day, so that the application can be told in between; any older
 * one ends at once.
 *
 * @throws request.not_found; request.invalid for a public client; access.forbidden
 */
export async function rotateSecret(
  ctx: Ctx,
  id: string,
): Promise<{ readonly client: OidcClient; readonly secret: Secret; readonly oldUntil: Date }> {
  permit(ctx.actor, 'tenants:write');
  const before = await lockClient(ctx, id);
  const [latest] = before.secrets;
  if (latest === undefined) {
    throw new TenantryError('request.invalid', `The application ${id} is public and has no secret.`, {
      next: 'Register another application if it can keep one.',
    });
  }
  const secret = newSecret();
  const oldUntil = new Date(ctx.now.getTime() + OVERLAP_MS);
  const secrets = [{ hash: hashSecret(secret.reveal()) }, { hash: latest.hash, until: oldUntil.toISOString() }];
  return { client: await update(ctx, before, { secrets }, 'oidc_client.secret_rotated'), secret, oldUntil };
}

/** From now on nobody logs in with it and its tokens are not renewed. @throws request.not_found, access.forbidden */
export async function disableClient(ctx: Ctx, id: string, reason: string): Promise<OidcClient> {
  permit(ctx.actor, 'tenants:write');
  return update(ctx, await lockClient(ctx, id), { disabledAt: ctx.now }, 'oidc_client.disabled', reason);
}

/**
 * Lets users log in with it again; what was registered and its secrets are as they were. The refresh tokens from before
 * renew what they stood for, as long as their log-ins live.
 *
 * @throws request.not_found, access.forbidden
 */
export async function enableClient(ctx: Ctx, id: string, reason: string): Promise<OidcClient> {
  permit(ctx.actor, 'tenants:write');
  return update(ctx, await lockClient(ctx, id), { disabledAt: null }, 'oidc_client.enabled', reason);
}

export interface ClientPage {
  /** Id of the last one of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number;
}

/** By id, those of products that the reader's grants cover as a whole. @throws access.forbidden */
export async function listClients(ctx: Ctx, { after, limit }: ClientPage = {}): Promise<readonly OidcClient[]> {
  permit(ctx.actor, 'tenants:read');
  const conditions = and(after === undefined ? undefined : gt(oidcClients.id, after), withinReach(ctx));
  const rows = ctx.tx.orm.select().from(oidcClients).where(conditions).orderBy(asc(oidcClients.id));
  return limit === undefined ? rows : rows.limit(limit);
}

function withinReach({ actor }: Ctx): SQL | undefined {
  const reach = reachOf(actor, 'tenants:read');
  if (reach === 'everything') return undefined;
  const whole = reach.products.filter((_, index) => reach.clients[index] === null);
  return inArray(
    oidcClients.productId,
    whole.filter((product) => product !== null),
  );
}

/** One application. @throws request.not_found, also for one out of reach; access.forbidden */
export async function readClient(ctx: Ctx, id: string): Promise<OidcClient> {
  permit(ctx.actor, 'tenants:read');
  const client = await findClient(ctx.tx, id);
  if (client === undefined || !covers(ctx.actor, 'tenants:read', wholeProduct(client))) throw notFound(id);
  return client;
}

export async function findClient(tx: Tx, id: string): Promise<OidcClient | undefined> {
  const [client] = await tx.orm.select().from(oidcClients).where(eq(oidcClients.id, id));
  return client;
}

/** It is there to be changed: what the actor may not change answers as if it did not exist. */
async function lockClient({ tx, actor }: Ctx, id: string): Promise<OidcClient> {
  const [client] = await tx.orm.select().from(oidcClients).where(eq(oidcClients.id, id)).for('update');
  if (client === undefined || !covers(actor, 'tenants:write', wholeProduct(client))) throw notFound(id);
  return client;
}

async function update(
  ctx: Ctx,
  before: OidcClient,
  change: Partial<typeof oidcClients.$inferInsert>,
  action: string,
  reason?: string,
): Promise<OidcClient> {
  const [client] = await ctx.tx.orm
    .update(oidcClients)
    .set({ ...change, version: before.version + 1, updatedAt: ctx.now })
    .where(eq(oidcClients.id, before.id))
    .returning();
  if (client === undefined) throw notFound(before.id);
  await audit(ctx, action, client, { changed: Object.keys(change) }, reason);
  return client;
}

/** Everything but the hashes. */
async function audit(
  ctx: Ctx,
  action: string,
  client: OidcClient,
  detail: object = {},
  reason?: string,
): Promise<void> {
  const { id, name, productId, redirectUris, postLogoutRedirectUris, backchannelLogoutUri, firstParty } = client;
  await recordAudit(ctx, {
    action,
    subject: { kind: 'oidc_client', id, name },
    ...(reason === undefined ? {} : { reason }),
    detail: { ...detail, productId, redirectUris, postLogoutRedirectUris, backchannelLogoutUri, firstParty },
  });
}

/** A client as oidc-provider reads it (OpenID Connect Dynamic Client Registration 1.0, section 2). */
export const clientMetadata = (client: OidcClient): AdapterPayload => ({
  client_id: client.id,
  client_name: client.name,
  ...(client.secrets.length === 0
    ? { token_endpoint_auth_method: 'none' as const }
    : // Never the secret: `compareClientSecret` looks at the hashes.
      {
        client_secret: client.secrets.map(({ hash }) => hash).join(' '),
        token_endpoint_auth_method: 'client_secret_basic' as const,
      }),
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutRedirectUris,
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: client.signingAlg,
  // With an address, its tokens name the session (`sid`) that it is told the end of.
  backchannel_logout_session_required: true,
  ...(client.backchannelLogoutUri === null ? {} : { backchannel_logout_uri: client.backchannelLogoutUri }),
  tenantry_secrets: client.secrets,
  tenantry_product: client.productId,
  tenantry_first_party: client.firstParty,
  tenantry_resource: client.resource,
});

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The application does not fit: see the fields named.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}

function explain(error: unknown, { id, productId }: { readonly id: string; readonly productId: string }): unknown {
  const constraint = violatedConstraint(error);
  if (constraint === 'oidc_clients_pkey') {
    const message = `there is an application "${id}" already`;
    return new TenantryError('request.invalid', `The application cannot be registered: ${message}.`, {
      faults: [{ path: 'id', message }],
      next: 'Choose another id.',
    });
  }
  if (constraint !== 'oidc_clients_product_fkey') return error;
  return new TenantryError('product.not_found', `There is no product "${productId}".`, {
    next: 'Load its profile first, or correct the name.',
  });
}

const notFound = (id: string): TenantryError =>
  new TenantryError('request.not_found', `There is no application "${id}".`, { next: 'Check its id.' });

/** Where users of a tenant begin to log in: of the applications of its product, the first that says. */
export async function loginUriOf(database: Database, tenantId: string): Promise<string | undefined> {
  const { rows } = await database.transaction('operator', (tx) =>
    tx.query<{ login_uri: string }>(
      `select c.login_uri from oidc_clients c join tenants t on t.product_id = c.product_id
       where t.id = $1 and c.login_uri is not null and c.disabled_at is null order by c.created_at limit 1`,
      [tenantId],
    ),
  );
  return rows[0]?.login_uri;
}
