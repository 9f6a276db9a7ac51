/** Signing in and out in a browser, following an invitation, and letting the command line sign in. */
import formbody from '@fastify/formbody';
import { cliCodeRequestSchema, cliKeySchema, TenantryError, toWireId } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { recordAudit } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import {
  assertSameOrigin,
  clearSessionCookie,
  cookieHeader,
  cookieOf,
  type HttpServer,
  sendPage,
  setSessionCookie,
} from '../http/index.ts';
import { recoveryCodeRoute, recoveryPages } from './recovery-code-routes.ts';
import {
  go,
  pageRoute,
  personOf,
  refusalOf,
  retryHeaders,
  type SignInRoutesDeps,
  type Site,
  sendFault,
  text,
  visitorOf,
} from './routes/sign-in-requests.ts';
import { endSession } from './sessions.ts';
import {
  acceptInvitation,
  choosePassword,
  exchangeCliCode,
  findInvited,
  finishProviderSignIn,
  issueCliCode,
  openProvider,
  type Provider,
  returnPath,
  signInWithPassword,
  startProviderSignIn,
} from './sign-in/index.ts';
import * as pages from './sign-in-pages.ts';

/** Where the vendor's provider sends the browser back to: register this address there. */
export const CALLBACK_PATH = '/operator/sign-in/callback';

const BROWSER_COOKIE = 'tenantry_sign_in';

export function signInRoutes(server: HttpServer, deps: SignInRoutesDeps): void {
  const { provider, publicUrl, now } = deps;
  const oidc = provider && openProvider(provider, `${publicUrl}${CALLBACK_PATH}`, now);
  const site: Site = { ...deps, oidc, base: new URL(publicUrl).pathname.replace(/\/$/, '') };
  server.register((scope: HttpServer, _options, done) => {
    if (!scope.hasContentTypeParser('application/x-www-form-urlencoded')) scope.register(formbody);
    // A form of another site signs nobody in or out here.
    scope.addHook('preValidation', async (request) => assertSameOrigin(request));
    passwordPages(scope, site);
    providerPages(scope, site);
    invitationPages(scope, site);
    cliPages(scope, site);
    recoveryPages(scope, site);
    done();
  });
  cliCodeRoute(server, deps);
  recoveryCodeRoute(server, site);
}

/** A session made before signing in is not carried over (fixation), and one of somebody else does not stay behind. */
async function welcome(request: FastifyRequest, reply: FastifyReply, site: Site, token: Secret): Promise<void> {
  await endOwn(request, site, 'a new sign-in in the same browser');
  // Not returned: a reply that is awaited waits until it is sent.
  setSessionCookie(reply, token.reveal(), site);
}

async function endOwn(request: FastifyRequest, site: Site, reason: string): Promise<void> {
  const person = await personOf(request, site);
  const sessionId = person?.sessionId;
  if (person === undefined || sessionId === undefined) return;
  await site.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: person, now: site.now() };
    await endSession(ctx, sessionId, reason);
    await recordAudit(ctx, {
      action: 'operator.signed_out',
      subject: { kind: 'person', id: person.id, name: person.name },
      reason,
      detail: { sessionId },
    });
  });
}

function passwordPages(server: HttpServer, site: Site): void {
  const { base } = site;
  const provider = site.provider?.label;
  server.get(
    '/operator/sign-in',
    { ...pageRoute, schema: { hide: true, querystring: z.object({ to: text(2_000) }) } },
    async (request, reply) => sendPage(reply, pages.signInPage({ base, provider, to: returnPath(request.query.to) })),
  );
  const body = z.object({ email: text(254), password: text(1_024), code: text(40), to: text(2_000) });
  server.post('/operator/sign-in', { ...pageRoute, schema: { hide: true, body } }, async (request, reply) => {
    const { email, password, code } = request.body;
    const to = returnPath(request.body.to);
    try {
      const input = { email, code, password: new Secret(password) };
      const token = await signInWithPassword(site, visitorOf(request), input);
      await welcome(request, reply, site, token);
      return go(reply, site, to);
    } catch (error) {
      const refusal = refusalOf(error);
      retryHeaders(reply.code(refusal.status), refusal);
      return sendPage(reply, pages.signInPage({ base, provider, to, error: refusal }));
    }
  });
  server.post('/operator/sign-out', pageRoute, async (request, reply) => {
    await endOwn(request, site, 'signed out');
    return go(clearSessionCookie(reply, site), site, '/operator/sign-in');
  });
}

/** Binds the answer of the provider to the browser that asked; lax, as the browser comes back from another site. */
const browserCookie = ({ publicUrl, base }: Site, value: string, maxAgeSeconds: number): string =>
  cookieHeader(BROWSER_COOKIE, value, {
    path: `${base}${CALLBACK_PATH}`,
    secure: publicUrl.startsWith('https://'),
    maxAgeSeconds,
  });

function providerPages(server: HttpServer, site: Site): void {
  const mustHave = (): Provider => {
    if (site.oidc !== undefined) return site.oidc;
    throw new TenantryError('request.not_found', 'No provider is set up to sign in with.', {
      next: 'Sign in with a password.',
    });
  };
  const querystring = z.object({ to: text(2_000), invitation: z.string().max(100).optional() });
  server.get(
    '/operator/sign-in/provider',
    { ...pageRoute, schema: { hide: true, querystring } },
    async (request, reply) => {
      try {
        const { url, browser } = await startProviderSignIn(site, mustHave(), request.query);
        reply.header('set-cookie', browserCookie(site, browser.reveal(), 600));
        return reply.redirect(url.href, 303);
      } catch (error) {
        return sendFault(reply, site, error);
      }
    },
  );
  server.get(CALLBACK_PATH, pageRoute, async (request, reply) => {
    try {
      const cameBack = {
        address: new URL(`${site.publicUrl}${CALLBACK_PATH}${new URL(request.url, 'http://here.invalid').search}`),
        browser: cookieOf(request, BROWSER_COOKIE),
      };
      const { session, to } = await finishProviderSignIn(site, mustHave(), visitorOf(request), cameBack);
      await welcome(request, reply, site, session);
      return go(reply.header('set-cookie', browserCookie(site, '', 0)), site, to);
    } catch (error) {
      return sendFault(reply, site, error);
    }
  });
}

function invitationPages(server: HttpServer, site: Site): void {
  const { base } = site;
  const provider = site.provider?.label;
  const token = z.string().max(100);
  server.get(
    '/operator/invitation',
    { ...pageRoute, schema: { hide: true, querystring: z.object({ token: token.default('') }) } },
    async (request, reply) => {
      try {
        const { name } = await findInvited(site, request.query.token);
        return sendPage(reply, pages.invitationPage({ base, token: request.query.token, name, provider }));
      } catch (error) {
        return sendFault(reply, site, error);
      }
    },
  );
  server.post(
    '/operator/invitation',
    { ...pageRoute, schema: { hide: true, body: z.object({ token, password: text(1_024) }) } },
    async (request, reply) => {
      try {
        const password = new Secret(request.body.password);
        const { secret, uri } = await choosePassword(site, { token: request.body.token, password });
        const page = { base, token: request.body.token, secret: secret.reveal(), uri: uri.reveal() };
        return sendPage(reply, await pages.enrolPage(page));
      } catch (error) {
        return sendFault(reply, site, error);
      }
    },
  );
  server.post(
    '/operator/invitation/code',
    { ...pageRoute, schema: { hide: true, body: z.object({ token, code: text(10) }) } },
    async (request, reply) => {
      try {
        const { session, recoveryCodes } = await acceptInvitation(site, visitorOf(request), request.body);
        await welcome(request, reply, site, session);
        return sendPage(reply, pages.recoveryPage(base, recoveryCodes));
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.code !== 'access.sign_in_refused') return sendFault(reply, site, error);
        return sendPage(
          reply.code(refusal.status),
          pages.codeAgainPage({ base, token: request.body.token, error: refusal }),
        );
      }
    },
  );
}

const cliFields = z.object({
  port: z.coerce.number().int().min(1_024).max(65_535),
  state: z.string().regex(/^[A-Za-z0-9_-]{20,100}$/),
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  name: z.string().trim().min(1).max(100),
});

function cliPages(server: HttpServer, site: Site): void {
  server.get(
    '/operator/cli',
    { ...pageRoute, schema: { hide: true, querystring: cliFields } },
    async (request, reply) => {
      const { port, state, challenge, name } = request.query;
      const fields = { port: String(port), state, challenge, name };
      const person = await personOf(request, site);
      if (person === undefined) {
        const to = `/operator/cli?${new URLSearchParams(fields).toString()}`;
        return go(reply, site, `/operator/sign-in?to=${encodeURIComponent(to)}`);
      }
      return sendPage(reply, pages.cliPage({ base: site.base, person: person.name, keyName: name, port, fields }));
    },
  );
  server.post('/operator/cli', { ...pageRoute, schema: { hide: true, body: cliFields } }, async (request, reply) => {
    const person = await personOf(request, site);
    if (person === undefined) return go(reply, site, '/operator/sign-in');
    const { port, state, challenge, name } = request.body;
    const code = await site.database.transaction('operator', (tx) =>
      issueCliCode({ tx, actor: person, now: site.now() }, person, { challenge, keyName: name }),
    );
    const answer = new URLSearchParams({ code: code.reveal(), state });
    return reply.redirect(`http://127.0.0.1:${port}/?${answer.toString()}`, 303);
  });
}

function cliCodeRoute(server: HttpServer, deps: SignInRoutesDeps): void {
  server.post(
    '/api/v1/sign-in/cli-code',
    {
      config: { public: true },
      schema: {
        summary:
          'Exchange the code of a browser sign-in for a personal key; the code and its verifier are the authority',
        tags: ['sign-in'],
        body: cliCodeRequestSchema,
        response: { 201: cliKeySchema },
      },
    },
    async (request, reply) => {
      const { key, keyId, name, email, expiresAt } = await exchangeCliCode(deps, request.body);
      return reply.code(201).send({
        schema: 'tenantry.cli-key/1',
        key: key.reveal(),
        key_id: toWireId('key', keyId),
        name,
        email,
        expires_at: expiresAt.toISOString(),
      });
    },
  );
}
