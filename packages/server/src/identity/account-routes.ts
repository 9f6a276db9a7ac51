/**
 * `/api/account`: a user of a tenant with an access token. Everybody sees themselves and their sessions.
 */
import {
  codeRequestSchema,
  emailChangeSchema,
  enrolmentSchema,
  recoveryCodesSchema,
  recoveryRenewalSchema,
  sessionListSchema,
  TenantryError,
  userViewSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import type { HttpServer } from '../http/index.ts';
import { accountPlanRoutes } from './account-plan-routes.ts';
import { asUser, sessionOf } from './account-request.ts';
import { accountUserRoutes } from './account-user-routes.ts';
import { requestEmailChange } from './change-email.ts';
import { loadUser } from './load.ts';
import { renewRecoveryCodes } from './renew-recovery-codes.ts';
import { confirmTotp, startTotp } from './second-factor.ts';
import { endSession, endSessionsOf, listSessions } from './sessions.ts';
import type { TokenDeps } from './token-sessions.ts';
import { sessionNotFound, viewSession, viewUser } from './views.ts';

const config = { public: true } as const;
const tags = ['account'];
const done = z.undefined();

export function accountRoutes(server: HttpServer, deps: TokenDeps): void {
  ownRoutes(server, deps);
  ownEmailRoute(server, deps);
  ownSecondFactorRoutes(server, deps);
  recoveryCodeRoute(server, deps);
  ownSessionRoutes(server, deps);
  accountUserRoutes(server, deps);
  accountPlanRoutes(server, deps);
}

function ownRoutes(server: HttpServer, deps: TokenDeps): void {
  server.get(
    '/api/account',
    { config, schema: { summary: 'The user of this access token', tags, response: { 200: userViewSchema } } },
    (request) =>
      asUser(deps, request, async ({ tx }, { user }) => viewUser(await loadUser(tx, user.tenantId, user.id))),
  );
}

function ownEmailRoute(server: HttpServer, deps: TokenDeps): void {
  server.post(
    '/api/account/email',
    {
      config,
      schema: {
        summary: 'Ask for another e-mail address, with the password; it changes when the mail sent there is followed',
        tags,
        body: emailChangeSchema,
        response: { 202: done },
      },
    },
    async (request, reply) => {
      const { id: sessionId, user } = await sessionOf(deps, request);
      const { email, password } = request.body;
      const asked = { user, sessionId, email, password: new Secret(password), now: server.services.now() };
      await requestEmailChange(deps, asked);
      return reply.code(202).send();
    },
  );
}

function ownSecondFactorRoutes(server: HttpServer, deps: TokenDeps): void {
  const { now } = server.services;
  server.post(
    '/api/account/second-factor',
    {
      config,
      schema: {
        summary: 'Set up an authenticator app; it counts once a code of it was confirmed',
        tags,
        response: { 200: enrolmentSchema },
      },
    },
    async (request) => {
      const { user } = await sessionOf(deps, request);
      const { uri, key, picture } = await startTotp(deps, { tenantId: user.tenantId, userId: user.id, now: now() });
      return { uri: uri.reveal(), key: key.reveal(), picture: picture.reveal() };
    },
  );
  server.post(
    '/api/account/second-factor/confirm',
    {
      config,
      schema: {
        summary:
          'Turn the second factor on with its first code; the recovery codes are answered here and nowhere again',
        tags,
        body: codeRequestSchema,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { user } = await sessionOf(deps, request);
      const name = { tenantId: user.tenantId, userId: user.id };
      const codes = await confirmTotp(deps, { ...name, code: request.body.code, now: now() });
      if (codes !== undefined) return { recovery_codes: codes.map((code) => code.reveal()) };
      throw new TenantryError('user.second_factor_refused', 'The code is not right.', {
        next: 'Wait for the next code, and check the clock of the device.',
      });
    },
  );
}

function recoveryCodeRoute(server: HttpServer, deps: TokenDeps): void {
  server.post(
    '/api/account/second-factor/recovery-codes',
    {
      config,
      schema: {
        summary: 'Make new recovery codes, with the password or a code of the app; those before end at once',
        tags,
        body: recoveryRenewalSchema,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { user } = await sessionOf(deps, request);
      const { password, code = '' } = request.body;
      const proof = password === undefined ? { code } : { password: new Secret(password) };
      const asked = { user, proof, address: request.ip, now: server.services.now() };
      const codes = await renewRecoveryCodes(deps, asked);
      return { recovery_codes: codes.map((one) => one.reveal()) };
    },
  );
}

function ownSessionRoutes(server: HttpServer, deps: TokenDeps): void {
  server.get(
    '/api/account/sessions',
    { config, schema: { summary: 'Your live sessions, newest first', tags, response: { 200: sessionListSchema } } },
    (request) =>
      asUser(deps, request, async (ctx, { id, user }) => {
        const sessions = await listSessions(ctx, { tenantId: user.tenantId, userId: user.id });
        return { items: sessions.map((session) => viewSession(session, id)) };
      }),
  );
  server.delete(
    '/api/account/sessions/:session',
    {
      config,
      schema: {
        summary: 'End one of your sessions at once',
        tags,
        params: z.object({ session: z.uuid() }),
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { session: sessionId } = request.params;
      const ended = await asUser(deps, request, (ctx, { user }) =>
        endSession(ctx, { tenantId: user.tenantId, userId: user.id, sessionId, reason: 'revoked' }),
      );
      if (!ended) throw sessionNotFound();
      return reply.code(204).send();
    },
  );
  server.post(
    '/api/account/sessions/end-others',
    { config, schema: { summary: 'End all your other sessions at once', tags, response: { 204: done } } },
    async (request, reply) => {
      await asUser(deps, request, (ctx, { id, user }) =>
        endSessionsOf(ctx, { tenantId: user.tenantId, userId: user.id, reason: 'revoked', except: id }),
      );
      return reply.code(204).send();
    },
  );
}
