import type { FastifyInstance } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { clearCookie, SESSION_COOKIE } from '../http/cookies.ts';
import { FieldReader } from '../http/field-reader.ts';
import { changePassword } from './change-password.ts';
import { describeSession, presentSession } from './describe-session.ts';
import { type Credentials, logIn } from './log-in.ts';
import { logOut } from './log-out.ts';

const LOGIN_BODY_BYTES = 8 * 1_024;

/** With a password of our own. */
export function addPasswordApi(app: FastifyInstance, context: CutlistContext): void {
  app.post('/api/session', { config: { access: 'public' }, bodyLimit: LOGIN_BODY_BYTES }, async (request, reply) => {
    const token = await logIn(context, readCredentials(request.body));
    return describeSession(context, await presentSession(context, reply, token));
  });

  app.post('/api/password', { config: { access: 'password' }, bodyLimit: LOGIN_BODY_BYTES }, async (request, reply) => {
    const reader = new FieldReader(request.body);
    const change = { currentPassword: reader.secret('currentPassword'), newPassword: reader.secret('newPassword') };
    reader.finish('The password was not changed.');
    const token = await changePassword(context, visitorOf(request), change);
    return describeSession(context, await presentSession(context, reply, token));
  });
}

export function addSessionApi(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/session', { config: { access: 'read' } }, async (request) =>
    describeSession(context, visitorOf(request)),
  );

  app.delete('/api/session', { config: { access: 'password' } }, async (request, reply) => {
    await actFor(context, request, logOut);
    return await clearCookie(reply, SESSION_COOKIE).code(204).send();
  });
}

export function readCredentials(body: unknown): Credentials {
  const reader = new FieldReader(body);
  const credentials = {
    tenant: reader.text('tenant', { min: 1, max: 100 }).toLowerCase(),
    email: reader.text('email', { min: 1, max: 320 }),
    password: reader.secret('password'),
  };
  reader.finish('Workshop, e-mail address and password are needed.');
  return credentials;
}
