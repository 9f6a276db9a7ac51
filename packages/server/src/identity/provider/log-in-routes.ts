import formbody from '@fastify/formbody';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '../../http/index.ts';
import { findClient, type OidcClient } from './clients.ts';
import { readLoginHint } from './core/tenant-hint.ts';
import { interactionPath } from './create-provider.ts';
import { finish, keep } from './finish-log-in.ts';
import { errors } from './library.ts';
import { findLogInTenant, findLogInTenantById, type LogInTenant } from './log-in-tenant.ts';
import type { IdentityProvider, ServedProvider } from './open-identity-provider.ts';
import { fieldOf, isOwnForm, sendFault } from './page-requests.ts';
import { messagesFor } from './pages/messages.ts';
import { type LogIn, show } from './show-log-in.ts';
import { type Progress, type StepAnswer, takeStep } from './take-step.ts';

const FORM_BYTES = 16_384;
const SECOND_MS = 1_000;

/** The pages of a log-in: /login/UID, where UID is an interaction of oidc-provider bound to this browser. */
export function logInRoutes(server: HttpServer, idp: IdentityProvider, served: ServedProvider): void {
  void server.register((scope, _options, done) => {
    void scope.register(formbody, { bodyLimit: FORM_BYTES });
    scope.setErrorHandler((error, request, reply) => sendFault(error, request, reply, idp));
    const route = { config: { public: true as const }, schema: { hide: true } };
    scope.get('/login/:uid', route, async (request, reply) => {
      const logIn = await load(idp, served, request, reply);
      return show(idp, served, logIn, request, reply);
    });
    scope.post('/login/:uid', { ...route, bodyLimit: FORM_BYTES }, async (request, reply) => {
      const logIn = await load(idp, served, request, reply);
      return take(idp, served, logIn, request, reply);
    });
    done();
  });
}

async function load(
  idp: IdentityProvider,
  served: ServedProvider,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<LogIn> {
  // Looks at the cookie, not at the address: the address of somebody else's log-in opens nothing.
  const interaction = await served.provider().interactionDetails(request.raw, reply.raw);
  const { uid } = request.params as { readonly uid: string };
  if (interaction.uid !== uid) throw new errors.SessionNotFound('interaction session and address mismatch');
  const clientId = String(interaction.params.client_id);
  const client = await idp.database.transaction('operator', (tx) => findClient(tx, clientId));
  if (client === undefined || client.disabledAt !== null) throw new errors.SessionNotFound('the application is gone');
  const result = interaction.result as { readonly progress?: Progress; readonly anyTenant?: boolean } | undefined;
  const progress = result?.progress;
  const hinted = result?.anyTenant === true ? undefined : readLoginHint(interaction.params).tenant;
  const typed = fieldOf(request, 'tenant');
  const tenant = await findTenant(idp, client, progress, hinted, typed);
  const fixed = hinted !== undefined && tenant?.slug === hinted;
  const shown = fixed || progress !== undefined ? tenant : undefined;
  return {
    interaction,
    client,
    progress,
    tenant,
    shown,
    messages: messagesFor(shown?.language ?? undefined),
  };
}

async function findTenant(
  { database }: IdentityProvider,
  { productId }: OidcClient,
  progress: Progress | undefined,
  hinted: string | undefined,
  typed: string,
): Promise<LogInTenant | undefined> {
  if (progress !== undefined) return findLogInTenantById(database, progress.tenantId);
  const named = hinted === undefined ? undefined : await findLogInTenant(database, hinted, productId);
  return named ?? (typed === '' ? undefined : findLogInTenant(database, typed, productId));
}

async function take(
  idp: IdentityProvider,
  served: ServedProvider,
  logIn: LogIn,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { messages, progress, tenant } = logIn;
  if (!isOwnForm(request, idp)) return show(idp, served, logIn, request, reply.code(403), messages.refused.stale);
  const act = fieldOf(request, 'act');
  if (logIn.interaction.prompt.name === 'consent') return agree(served, request, reply, act === 'refuse');
  if (act === 'restart') {
    await keep(served, request, reply, { anyTenant: progress === undefined });
    return reply.redirect(interactionPath(logIn.interaction.uid), 303);
  }
  const stage = progress?.stage ?? 'password';
  if (fieldOf(request, 'stage') !== stage) return show(idp, served, logIn, request, reply, messages.refused.stale);
  const input = {
    email: fieldOf(request, 'email').trim(),
    password: fieldOf(request, 'password'),
    code: fieldOf(request, 'code'),
    current: fieldOf(request, 'current'),
    next: fieldOf(request, 'next'),
    repeat: fieldOf(request, 'repeat'),
  };
  const scope = { users: served.users, messages, tenant, address: request.ip, now: idp.now() };
  return answer(idp, served, logIn, await takeStep(scope, progress, input), request, reply);
}

async function answer(
  idp: IdentityProvider,
  served: ServedProvider,
  logIn: LogIn,
  taken: StepAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (taken.kind) {
    case 'again':
      if (taken.retryAfterMs !== undefined)
        reply.header('retry-after', String(Math.ceil(taken.retryAfterMs / SECOND_MS)));
      return show(idp, served, logIn, request, reply.code(taken.status), taken.fault);
    case 'next': {
      await keep(served, request, reply, { progress: taken.progress });
      if (taken.recoveryCodes === undefined) return reply.redirect(interactionPath(logIn.interaction.uid), 303);
      // In the answer itself: the codes are in no address and in no store.
      return show(idp, served, { ...logIn, progress: taken.progress }, request, reply, undefined, taken.recoveryCodes);
    }
    case 'done':
      return finish(idp, served, logIn.interaction, taken.who, request, reply);
  }
}

async function agree(
  served: ServedProvider,
  request: FastifyRequest,
  reply: FastifyReply,
  refuses: boolean,
): Promise<FastifyReply> {
  const refusal = { error: 'access_denied', error_description: 'the user did not agree' };
  return reply.redirect(await keep(served, request, reply, refuses ? refusal : { consent: {} }), 303);
}
