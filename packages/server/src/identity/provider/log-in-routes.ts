import formbody from '@fastify/formbody';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errors, type Interaction } from 'oidc-provider';
import { toString as drawCode } from 'qrcode';
import type { HttpServer } from '../../http/index.ts';
import { cookieText, findBrowserSession } from './browser-session.ts';
import { findClient, type OidcClient } from './clients.ts';
import { readLoginHint } from './core/tenant-hint.ts';
import { ACR, interactionPath } from './create-provider.ts';
import { findLogInTenant, findLogInTenantById, type LogInTenant } from './log-in-tenant.ts';
import type { IdentityProvider, ServedProvider } from './open-identity-provider.ts';
import { addCookie, fieldOf, formToken, isOwnForm, sendRendered } from './page-requests.ts';
import type { SafeHtml } from './pages/html.ts';
import { type Messages, messagesFor } from './pages/messages.ts';
import {
  changeView,
  consentView,
  enrolView,
  errorView,
  type FormView,
  logInView,
  recoveryView,
  secondFactorView,
} from './pages/views.ts';
import { endProviderSession } from './records.ts';
import { type Progress, type StepAnswer, takeStep } from './take-step.ts';

/** One log-in under way, as a request finds it. */
interface LogIn {
  readonly interaction: Interaction;
  readonly client: OidcClient;
  readonly progress: Progress | undefined;
  readonly tenant: LogInTenant | undefined;
  /** The application named the tenant, and there is such a one. */
  readonly tenantFixed: boolean;
  readonly messages: Messages;
}

const FORM_BYTES = 16_384;
const SECOND_MS = 1_000;

/** The pages of a log-in: /login/UID, where UID is an interaction of oidc-provider bound to this browser. */
export function logInRoutes(server: HttpServer, idp: IdentityProvider, served: ServedProvider): void {
  void server.register((scope, _options, done) => {
    void scope.register(formbody, { bodyLimit: FORM_BYTES });
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply, idp));
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
  return {
    interaction,
    client,
    progress,
    tenant,
    tenantFixed: hinted !== undefined && tenant?.slug === hinted,
    messages: messagesFor(tenant?.language ?? undefined),
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

const keep = (served: ServedProvider, request: FastifyRequest, reply: FastifyReply, result: object): Promise<string> =>
  served.provider().interactionResult(request.raw, reply.raw, { ...result }, { mergeWithLastSubmission: false });

async function agree(
  served: ServedProvider,
  request: FastifyRequest,
  reply: FastifyReply,
  refuses: boolean,
): Promise<FastifyReply> {
  const refusal = { error: 'access_denied', error_description: 'the user did not agree' };
  return reply.redirect(await keep(served, request, reply, refuses ? refusal : { consent: {} }), 303);
}

/**
 * The session, and back to the application. What this browser had before does not live on: the session of somebody
 * else ends, and what the same user entered hangs on the new session.
 */
async function finish(
  idp: IdentityProvider,
  served: ServedProvider,
  interaction: Interaction,
  who: Progress,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const now = idp.now();
  const cookie = request.headers.cookie;
  const before = await findBrowserSession(served.users, idp.cookies, { cookie, address: request.ip, now });
  const { token, sessionId } = await served.users.createSession(
    {
      tenantId: who.tenantId,
      userId: who.userId,
      amr: who.amr,
      address: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
    },
    now,
  );
  if (before !== undefined) {
    if (before.user.id === who.userId) await moveLogIns(idp, before.id, sessionId);
    const { id, user } = before;
    await served.users.endSession({ tenantId: user.tenantId, userId: user.id, sessionId: id }, 'logged_out', now);
  }
  await forgetOtherAccount(idp, interaction, who.userId);
  addCookie(reply, cookieText(idp.cookies, idp.cookies.userCookie, token.reveal()));
  const acr = who.amr.includes('mfa') ? ACR.two : ACR.one;
  const login = {
    accountId: who.userId,
    amr: [...who.amr],
    acr,
    remember: false,
    ts: Math.floor(now.getTime() / SECOND_MS),
  };
  return reply.redirect(await keep(served, request, reply, { login }), 303);
}

const moveLogIns = (idp: IdentityProvider, from: string, to: string): Promise<unknown> =>
  idp.database.transaction('operator', (tx) =>
    tx.query('update oidc_log_ins set session_id = $2 where session_id = $1 and ended_at is null', [from, to]),
  );

/** oidc-provider would otherwise log the other account out with a script, which our pages do not run. */
async function forgetOtherAccount(idp: IdentityProvider, interaction: Interaction, userId: string): Promise<void> {
  const { session } = interaction;
  if (session?.accountId === undefined || session.accountId === userId) return;
  const { uid } = session;
  await idp.database.transaction('operator', async (tx) => {
    if (uid !== undefined) await endProviderSession(tx, uid);
  });
  delete interaction.session;
  await interaction.persist();
}

async function show(
  idp: IdentityProvider,
  served: ServedProvider,
  logIn: LogIn,
  request: FastifyRequest,
  reply: FastifyReply,
  fault?: string,
  recoveryCodes?: readonly string[],
): Promise<FastifyReply> {
  const { client, interaction, messages, tenant } = logIn;
  const form: FormView = {
    messages,
    action: interactionPath(interaction.uid),
    csrf: formToken(request, reply, idp),
    fault,
  };
  const { title, body } = await viewOf(idp, served, logIn, form, request, recoveryCodes);
  const brand = {
    product: tenant?.productName ?? client.name,
    tenant: logIn.tenantFixed || logIn.progress !== undefined ? tenant?.name : undefined,
    color: tenant?.color ?? undefined,
  };
  const leadsTo = originsOf(interaction);
  return sendRendered(reply, { title, body, brand, messages, leadsTo }, reply.statusCode);
}

/** Where the application waits: the last of the redirects that our forms set off. */
function originsOf({ params }: Interaction): readonly string[] {
  const { redirect_uri: uri } = params;
  return typeof uri === 'string' && URL.canParse(uri) ? [new URL(uri).origin] : [];
}

async function viewOf(
  idp: IdentityProvider,
  served: ServedProvider,
  logIn: LogIn,
  form: FormView,
  request: FastifyRequest,
  recoveryCodes: readonly string[] | undefined,
): Promise<{ readonly title: string; readonly body: SafeHtml }> {
  const { client, interaction, messages, progress } = logIn;
  if (interaction.prompt.name === 'consent') {
    return { title: messages.consent.title(client.name), body: consentView(form) };
  }
  switch (progress?.stage) {
    case undefined:
      return { title: messages.logIn.title, body: passwordView(logIn, form, request) };
    case 'second_factor':
      return { title: messages.secondFactor.title, body: secondFactorView(form) };
    case 'change_password':
      return { title: messages.change.title, body: changeView(form, progress.email) };
    case 'recovery_codes':
      return { title: messages.recovery.title, body: recoveryView(form, recoveryCodes ?? []) };
    case 'enroll_second_factor':
      return {
        title: messages.enrol.title,
        body: enrolView({ ...form, totp: await newTotp(idp, served, progress, form) }),
      };
  }
}

function passwordView(logIn: LogIn, form: FormView, request: FastifyRequest): SafeHtml {
  const { client, interaction, tenant, tenantFixed } = logIn;
  const slug = tenantFixed ? (tenant?.slug ?? '') : fieldOf(request, 'tenant');
  return logInView({
    ...form,
    application: client.name,
    tenantLabel: client.tenantLabel,
    tenant: slug,
    tenantFixed,
    email: fieldOf(request, 'email') || (readLoginHint(interaction.params).email ?? ''),
    forgotPath: `/account/forgotten?tenant=${encodeURIComponent(slug)}&client=${encodeURIComponent(client.id)}`,
  });
}

/** A key is shown once: after a wrong code the page asks for another code of it, or for another key. */
async function newTotp({ now }: IdentityProvider, { users }: ServedProvider, progress: Progress, { fault }: FormView) {
  if (fault !== undefined) return undefined;
  const { uri, key } = await users.startTotp(progress, now());
  const picture = await drawCode(uri.reveal(), { type: 'svg', margin: 1 });
  return { key: key.reveal(), picture: picture.replace('<svg ', '<svg aria-hidden="true" ') };
}

/** A log-in that is over, or was never this browser's, is no fault of ours. */
function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  idp: IdentityProvider,
): FastifyReply {
  const messages = messagesFor(undefined);
  const gone = error instanceof errors.OIDCProviderError;
  if (!gone) idp.log('a log-in page failed', { error: String(error), requestId: request.id });
  const text = gone ? messages.error.expired : messages.error.failure;
  const page = { title: messages.error.title, brand: { product: 'Log-in' }, messages, body: errorView(messages, text) };
  return sendRendered(reply, page, gone ? 400 : 500);
}
