/** `/api/v1/applications`, for operators: parse, call the verb, answer. */
import {
  type ApplicationView,
  applicationChangeSchema,
  applicationViewSchema,
  isTenantryError,
  newApplicationSchema,
  pageQuerySchema,
  pageSchema,
  reasonSchema,
  registeredApplicationSchema,
  rotatedSecretSchema,
  TenantryError,
} from '@tenantry/contract';
import { z } from 'zod';
import { type Answer, decodeCursor, type HttpServer, pageOf, read, write } from '../../http/index.ts';
import {
  changeClient,
  createClient,
  disableClient,
  enableClient,
  listClients,
  type OidcClient,
  readClient,
  rotateSecret,
} from './clients.ts';

export interface ApplicationRoutesDeps {
  /** Where applications find the OpenID Provider. */
  readonly issuer: string;
}

const reading = { scope: 'tenants:read' } as const;
const writing = { scope: 'tenants:write' } as const;
const showing = { ...writing, onceShown: ['client_secret'] } as const;
const params = z.object({ application: z.string().max(100).describe('Its client_id') });
const tags = ['applications'];

export function applicationRoutes(server: HttpServer, deps: ApplicationRoutesDeps): void {
  readRoutes(server, deps);
  secretRoutes(server, deps);
  changeRoutes(server, deps);
}

function readRoutes(server: HttpServer, { issuer }: ApplicationRoutesDeps): void {
  server.get(
    '/api/v1/applications',
    {
      config: reading,
      schema: {
        summary: 'Applications that log their users in here, by id',
        tags,
        querystring: pageQuerySchema,
        response: { 200: pageSchema(applicationViewSchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor } }) => {
      const after = decodeCursor(cursor, z.tuple([z.string().max(63)]))?.[0];
      const page = pageOf(await listClients(ctx, { after, limit: limit + 1 }), limit, ({ id }) => [id]);
      return { items: page.items.map((client) => viewOf(client, issuer)), next_cursor: page.next_cursor };
    }),
  );
  server.get(
    '/api/v1/applications/:application',
    { config: reading, schema: { summary: 'One application', tags, params, response: { 200: applicationViewSchema } } },
    read(async (ctx, request) => viewOf(await readClient(ctx, request.params.application), issuer)),
  );
}

function secretRoutes(server: HttpServer, { issuer }: ApplicationRoutesDeps): void {
  server.post(
    '/api/v1/applications',
    {
      config: showing,
      schema: {
        summary: 'Register an application with a product; the answer shows its secret once',
        tags,
        body: newApplicationSchema,
        response: { 201: registeredApplicationSchema },
      },
    },
    write(async (ctx, { body }): Promise<Answer> => {
      const { id, product: productId, public: isPublic, name, redirect_uris: redirectUris } = body;
      const wish = { ...changeOf(body), id, productId, public: isPublic, name, redirectUris };
      const { client, secret } = await inWireWords(() => createClient(ctx, wish));
      return { status: 201, body: { ...viewOf(client, issuer), client_secret: secret?.reveal() } };
    }),
  );
  server.post(
    '/api/v1/applications/:application/secret',
    {
      config: showing,
      schema: {
        summary: 'Make another secret, shown once; the one before stays good for a day',
        tags,
        params,
        response: { 201: rotatedSecretSchema },
      },
    },
    write(async (ctx, request): Promise<Answer> => {
      const { client, secret, oldUntil } = await rotateSecret(ctx, request.params.application);
      const shown = { client_secret: secret.reveal(), old_secret_until: oldUntil.toISOString() };
      return { status: 201, body: { ...viewOf(client, issuer), ...shown } };
    }),
  );
}

function changeRoutes(server: HttpServer, { issuer }: ApplicationRoutesDeps): void {
  server.patch(
    '/api/v1/applications/:application',
    {
      config: writing,
      schema: {
        summary: 'Change an application; what is left out stays as it is',
        tags,
        params,
        body: applicationChangeSchema,
        response: { 200: applicationViewSchema },
      },
    },
    write(async (ctx, { params: { application }, body }): Promise<Answer> => {
      const client = await inWireWords(() => changeClient(ctx, application, changeOf(body)));
      return { body: viewOf(client, issuer) };
    }),
  );
  const switching = [
    ['disable', 'From now on nobody logs in with it, and its tokens are not renewed', disableClient],
    ['enable', 'Users log in with it again, with its secret as it was', enableClient],
  ] as const;
  for (const [verb, summary, change] of switching) {
    server.post(
      `/api/v1/applications/:application/${verb}`,
      {
        config: writing,
        schema: { summary, tags, params, body: reasonSchema, response: { 200: applicationViewSchema } },
      },
      write(
        async (ctx, { params: { application }, body: { reason } }): Promise<Answer> => ({
          body: viewOf(await change(ctx, application, reason), issuer),
        }),
      ),
    );
  }
}

const changeOf = (body: z.output<typeof applicationChangeSchema>) => ({
  name: body.name,
  redirectUris: body.redirect_uris,
  postLogoutRedirectUris: body.post_logout_redirect_uris,
  backchannelLogoutUri: body.backchannel_logout_uri,
  trustedCa: body.trusted_ca,
  loginUri: body.login_uri,
  resource: body.resource,
  signingAlg: body.signing_alg,
  tenantLabel: body.tenant_label,
  firstParty: body.first_party,
});

/** The verbs name fields in their own words; who asked is told in those of the wire. */
async function inWireWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTenantryError(error) || error.code !== 'request.invalid') throw error;
    const faults = error.faults.map((fault) => ({ ...fault, path: `body.${wireWord(fault.path)}` }));
    const { message, next } = error;
    throw new TenantryError('request.invalid', message, { faults, cause: error, ...(next !== undefined && { next }) });
  }
}

/** `redirectUris.0` is `redirect_uris.0`; a product is named by its id. */
const wireWord = (path: string): string =>
  path === 'productId' ? 'product' : path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Everything but the hashes of its secrets. */
const viewOf = (client: OidcClient, issuer: string): ApplicationView => ({
  id: client.id,
  product: client.productId,
  name: client.name,
  public: client.secrets.length === 0,
  issuer,
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutRedirectUris,
  backchannel_logout_uri: client.backchannelLogoutUri,
  trusted_ca: client.trustedCa,
  login_uri: client.loginUri,
  resource: client.resource,
  signing_alg: client.signingAlg,
  tenant_label: client.tenantLabel,
  first_party: client.firstParty,
  created_at: client.createdAt.toISOString(),
  updated_at: client.updatedAt.toISOString(),
  disabled_at: client.disabledAt?.toISOString() ?? null,
});
