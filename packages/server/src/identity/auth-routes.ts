/** `/api/auth`: registering, logging in and what the links of mails do, for clients without pages of ours. */
import {
  changePasswordRequestSchema,
  issuedTokensSchema,
  loginRequestSchema,
  mailRequestSchema,
  refreshRequestSchema,
  registerRequestSchema,
  tokenPasswordSchema,
  tokenRequestSchema,
} from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import type { HttpServer } from '../http/index.ts';
import { authenticateUser, findTenantByName } from './authenticate-user.ts';
import { confirmEmailChange, objectToEmailChange } from './change-email.ts';
import { changePassword } from './change-password.ts';
import { register } from './register.ts';
import { acceptInvitation, requestPasswordReset, resendVerification, resetPassword } from './reset-password.ts';
import { type IssuedTokens, logInForTokens, logOut, refreshTokens, type TokenDeps } from './token-sessions.ts';
import { verifyEmail } from './verify-email.ts';

const config = { public: true } as const;
const tags = ['auth'];
const done = z.undefined();

export function authRoutes(server: HttpServer, deps: TokenDeps): void {
  tokenRoutes(server, deps);
  passwordRoutes(server, deps);
  linkRoutes(server, deps);
}

/** Who asks, as far as the connection tells. */
export const clientOf = (request: FastifyRequest): { readonly address: string; readonly userAgent: string } => ({
  address: request.ip,
  userAgent: request.headers['user-agent'] ?? '',
});

const viewIssued = ({ user: { mustChangePassword: _pending, ...user }, ...tokens }: IssuedTokens) => ({
  ...tokens,
  user,
});

function tokenRoutes(server: HttpServer, deps: TokenDeps): void {
  const { now } = server.services;
  server.post(
    '/api/auth/register',
    {
      config,
      schema: {
        summary: 'Register a company: a tenant on the free plan and its first administrator, or nothing',
        tags,
        body: registerRequestSchema,
        response: { 201: issuedTokensSchema },
      },
    },
    async (request, reply) => {
      const { password, ...form } = request.body;
      const secret = new Secret(password);
      const issued = await register(deps, { ...form, password: secret, ...clientOf(request), now: now() });
      return reply.code(201).send(viewIssued(issued));
    },
  );
  server.post(
    '/api/auth/login',
    {
      config,
      schema: {
        summary: 'Log in with password and second factor',
        tags,
        body: loginRequestSchema,
        response: { 200: issuedTokensSchema },
      },
    },
    async (request) => {
      const { password, ...form } = request.body;
      const attempt = { ...form, ...clientOf(request), password: new Secret(password), now: now() };
      return viewIssued(await logInForTokens(deps, attempt));
    },
  );
  server.post(
    '/api/auth/refresh',
    {
      config,
      schema: {
        summary: 'Trade a refresh token for new tokens',
        tags,
        body: refreshRequestSchema,
        response: { 200: issuedTokensSchema },
      },
    },
    async (request) => viewIssued(await refreshTokens(deps, { ...request.body, address: request.ip, now: now() })),
  );
  server.post(
    '/api/auth/logout',
    {
      config,
      schema: {
        summary: 'End the log-in of a refresh token',
        tags,
        body: refreshRequestSchema,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      await logOut(deps, { ...request.body, now: now() });
      return reply.code(204).send();
    },
  );
}

function passwordRoutes(server: HttpServer, deps: TokenDeps): void {
  const { now } = server.services;
  server.post(
    '/api/auth/password',
    {
      config,
      schema: {
        summary: 'Choose a new password, knowing the current or temporary one; a second factor is asked for as well',
        tags,
        body: changePasswordRequestSchema,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { password, next, ...form } = request.body;
      const current = new Secret(password);
      const at = now();
      const { user } = await authenticateUser(deps, { ...form, password: current, address: request.ip, now: at });
      const { tenantId, email } = user;
      await changePassword(deps, { tenantId, email, current, next: new Secret(next), now: at });
      return reply.code(204).send();
    },
  );
  const asking = [
    ['/api/auth/password/reset-request', 'Ask for a mail with a link to a new password', requestPasswordReset],
    [
      '/api/auth/verify-email/resend',
      'Ask for another mail with the link that verifies the address',
      resendVerification,
    ],
  ] as const;
  for (const [url, summary, ask] of asking) {
    server.post(
      url,
      { config, schema: { summary, tags, body: mailRequestSchema, response: { 202: done } } },
      async (request, reply) => {
        const { tenant: name, email } = request.body;
        const tenant = await findTenantByName(deps.database, name);
        if (tenant !== undefined) await ask(deps, { tenantId: tenant.id, email, address: request.ip, now: now() });
        return reply.code(202).send();
      },
    );
  }
}

/** What the links of mails lead to, for pages that are not ours. */
function linkRoutes(server: HttpServer, deps: TokenDeps): void {
  const { now } = server.services;
  const setting = [
    ['/api/auth/password/reset', 'Choose a new password with the token of a mail', resetPassword],
    ['/api/auth/invitation/accept', 'Accept an invitation by choosing a password', acceptInvitation],
  ] as const;
  for (const [url, summary, set] of setting) {
    server.post(
      url,
      { config, schema: { summary, tags, body: tokenPasswordSchema, response: { 204: done } } },
      async (request, reply) => {
        const { token, password } = request.body;
        await set(deps, { token, password: new Secret(password), now: now() });
        return reply.code(204).send();
      },
    );
  }
  const spending = [
    ['/api/auth/verify-email', 'Verify an address with the token of a mail', verifyEmail],
    ['/api/auth/email/confirm', 'Make a new address one’s own with the token mailed to it', confirmEmailChange],
    ['/api/auth/email/object', 'Take a change back with the token mailed to the address before', objectToEmailChange],
  ] as const;
  for (const [url, summary, spend] of spending) {
    server.post(
      url,
      { config, schema: { summary, tags, body: tokenRequestSchema, response: { 204: done } } },
      async (request, reply) => {
        await spend(deps, { ...request.body, now: now() });
        return reply.code(204).send();
      },
    );
  }
}
