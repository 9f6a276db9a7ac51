import formbody from '@fastify/formbody';
import { isTenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Html } from '../../connectors/kit/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { HttpServer } from '../../http/index.ts';
import { findClient, loginUriOf, type OidcClient } from './clients.ts';
import { findLogInTenant, findLogInTenantById, type LogInTenant } from './log-in-tenant.ts';
import type { IdentityProvider, ServedProvider } from './open-identity-provider.ts';
import { fieldOf, formToken, isOwnForm, sendFault, sendRendered } from './page-requests.ts';
import { type Messages, messagesFor } from './pages/messages.ts';
import { confirmView, errorView, type FormView, forgotView, textView, tokenPasswordView } from './pages/views.ts';
import { passwordFaultOf } from './take-step.ts';
import type { TokenFacts, UserDoor } from './user-door.ts';

const FORM_BYTES = 16_384;

/** Pages that mails lead to, and the one that asks for such a mail. None of them logs anybody in. */
export function accountRoutes(server: HttpServer, idp: IdentityProvider, served: ServedProvider): void {
  const pages = accountPages(idp, served);
  void server.register((scope, _options, done) => {
    void scope.register(formbody, { bodyLimit: FORM_BYTES });
    scope.setErrorHandler((error, request, reply) => sendFault(error, request, reply, idp));
    const get = { config: { public: true as const }, schema: { hide: true } };
    const post = { ...get, bodyLimit: FORM_BYTES };
    scope.get('/account/forgotten', get, (request, reply) => pages.askForgotten(request, reply));
    scope.post('/account/forgotten', post, (request, reply) => pages.takeForgotten(request, reply));
    for (const kind of KINDS) {
      // Looking changes nothing: mail scanners follow links.
      scope.get(`/account/${kind}/:token`, get, (request, reply) => pages.askToken(kind, request, reply));
      scope.post(`/account/${kind}/:token`, post, (request, reply) => pages.takeToken(kind, request, reply));
    }
    scope.get('/account/log-in/:tenant', get, (request, reply) => pages.toApplication(request, reply));
    done();
  });
}

const KINDS = ['reset', 'invitation', 'verify', 'email', 'email-objection'] as const;
type TokenKind = (typeof KINDS)[number];

/** Those that choose a password; the others are one press. */
const setsPassword = (kind: TokenKind): kind is 'reset' | 'invitation' => kind === 'reset' || kind === 'invitation';

interface PageText {
  readonly title: string;
  readonly body: Html;
}

function accountPages(idp: IdentityProvider, { users }: ServedProvider) {
  const { database, now } = idp;
  const send = (
    reply: FastifyReply,
    page: PageText,
    tenant?: LogInTenant,
    messages = messagesOf(tenant),
  ): FastifyReply => {
    const brand = { product: tenant?.productName ?? 'Log-in', tenant: tenant?.name, color: tenant?.color ?? undefined };
    return sendRendered(reply, { ...page, brand, messages }, reply.statusCode);
  };
  const formOf = (request: FastifyRequest, reply: FastifyReply, messages: Messages, fault?: string): FormView => ({
    messages,
    action: request.url.split('?')[0] ?? '',
    csrf: formToken(request, reply, idp),
    fault,
  });
  const stale = (request: FastifyRequest, reply: FastifyReply, messages: Messages): string | undefined => {
    if (isOwnForm(request, idp)) return undefined;
    reply.code(403);
    return messages.refused.stale;
  };
  const clientOf = async (id: string): Promise<OidcClient | undefined> =>
    id === '' ? undefined : database.transaction('operator', (tx) => findClient(tx, id));

  const askForgotten = async (request: FastifyRequest, reply: FastifyReply, fault?: string): Promise<FastifyReply> => {
    const slug = fieldOf(request, 'tenant') || queryOf(request, 'tenant');
    const client = await clientOf(queryOf(request, 'client'));
    const messages = messagesFor(undefined);
    const view = {
      ...formOf(request, reply, messages, fault),
      tenant: slug,
      tenantLabel: client?.tenantLabel ?? 'Organisation',
    };
    return send(reply, { title: messages.forgot.title, body: forgotView(view) });
  };

  const askToken = async (kind: TokenKind, request: FastifyRequest, reply: FastifyReply, fault?: string) => {
    const messages = messagesFor(undefined);
    const form = formOf(request, reply, messages, fault);
    const { why, title, submit } = { why: undefined, ...messages[kind] };
    const body = setsPassword(kind)
      ? tokenPasswordView(form, { submit, ...(why === undefined ? {} : { why }) })
      : confirmView(form, { why: why ?? '', submit });
    return send(reply, { title, body });
  };

  return {
    askForgotten,
    askToken,
    async takeForgotten(request: FastifyRequest, reply: FastifyReply) {
      const messages = messagesFor(undefined);
      const fault = stale(request, reply, messages);
      if (fault !== undefined) return askForgotten(request, reply, fault);
      const tenant = await findLogInTenant(database, fieldOf(request, 'tenant'));
      const email = fieldOf(request, 'email').trim();
      if (tenant !== undefined && email !== '') {
        const asked = { tenantId: tenant.id, email, address: request.ip, now: now() };
        const refusal = await users.requestPasswordReset(asked).then(() => undefined, throttledOf(messages));
        if (refusal !== undefined) return askForgotten(request, reply.code(429), refusal);
      }
      // The same for a tenant or an address that is not there.
      return send(reply, { title: messages.forgot.sentTitle, body: textView(messages.forgot.sent) });
    },
    async takeToken(kind: TokenKind, request: FastifyRequest, reply: FastifyReply) {
      const messages = messagesFor(undefined);
      const fault = stale(request, reply, messages);
      if (fault !== undefined) return askToken(kind, request, reply, fault);
      if (setsPassword(kind) && fieldOf(request, 'next') !== fieldOf(request, 'repeat')) {
        return askToken(kind, request, reply.code(400), messages.refused.passwordsDiffer);
      }
      const { token } = request.params as { readonly token: string };
      try {
        const facts = await spend(users, kind, token, new Secret(fieldOf(request, 'next')), now());
        const tenant = await findLogInTenantById(database, facts.tenantId);
        const texts = messagesOf(tenant);
        const link =
          tenant === undefined ? undefined : { href: `/account/log-in/${tenant.slug}`, text: texts.logIn.title };
        return send(reply, { title: texts[kind].doneTitle, body: textView(texts[kind].done, link) }, tenant);
      } catch (error) {
        const why = passwordFaultOf(error, messages);
        if (why === undefined) throw error;
        return askToken(kind, request, reply.code(400), why);
      }
    },
    /** To where the application of the tenant begins a log-in; mails cannot know that address. */
    async toApplication(request: FastifyRequest, reply: FastifyReply) {
      const { tenant: slug } = request.params as { readonly tenant: string };
      const tenant = await findLogInTenant(database, slug);
      const address = tenant === undefined ? undefined : await loginUriOf(database, tenant.id);
      if (tenant === undefined || address === undefined) {
        const messages = messagesFor(undefined);
        return send(reply.code(404), { title: messages.error.title, body: errorView(messages, messages.error.link) });
      }
      const url = new URL(address);
      url.searchParams.set('iss', idp.issuer);
      url.searchParams.set('tenant', tenant.slug);
      return reply.redirect(url.href, 303);
    },
  };
}

const messagesOf = (tenant: LogInTenant | undefined): Messages => messagesFor(tenant?.language ?? undefined);

function spend(users: UserDoor, kind: TokenKind, token: string, password: Secret, now: Date): Promise<TokenFacts> {
  switch (kind) {
    case 'reset':
      return users.resetPassword(token, password, now);
    case 'invitation':
      return users.acceptInvitation(token, password, now);
    case 'verify':
      return users.verifyEmail(token, now);
    case 'email':
      return users.confirmEmail(token, now);
    case 'email-objection':
      return users.objectToEmail(token, now);
  }
}

const throttledOf =
  (messages: Messages) =>
  (error: unknown): string => {
    if (isTenantryError(error) && error.code === 'request.throttled') return messages.refused.throttled(1);
    throw error;
  };

function queryOf(request: FastifyRequest, name: string): string {
  const value = (request.query as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value.slice(0, 100) : '';
}
