import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { clearCookie, FORM_COOKIE, readCookie, SESSION_COOKIE, setCookie } from '../http/cookies.ts';
import { fieldOf } from '../http/forms.ts';
import type { Refusal } from '../refusal.ts';
import { renderFaults, toFormRefusal } from '../ui/faults.ts';
import { html } from '../ui/html.ts';
import { csrfField, sendPage } from '../ui/page.ts';
import { readCredentials } from './api.ts';
import { changePassword } from './change-password.ts';
import { presentSession } from './describe-session.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { PASSWORD_LENGTH_MIN } from './passwords.ts';

const FORM_BODY_BYTES = 8 * 1_024;

export function addStartPage(app: FastifyInstance): void {
  app.get('/', { config: { access: 'public' } }, async (_request, reply) => reply.redirect('/projects', 303));
}

/** With a password of our own. */
export function addPasswordPages(app: FastifyInstance, context: CutlistContext): void {
  app.get('/login', { config: { access: 'public' } }, async (request, reply) => showLogin(request, reply));

  app.post('/login', { config: { access: 'public' }, bodyLimit: FORM_BODY_BYTES }, async (request, reply) => {
    const [tenant, email, password] = ['tenant', 'email', 'password'].map((name) => fieldOf(request, name));
    try {
      const token = await logIn(context, readCredentials({ tenant, email, password }));
      const visitor = await presentSession(context, reply, token);
      return reply.redirect(visitor.mustChangePassword ? '/password' : '/projects', 303);
    } catch (error) {
      return showLogin(request, reply, toFormRefusal(error));
    }
  });

  app.get('/password', { config: { access: 'password' } }, async (request, reply) => showPassword(request, reply));

  app.post('/password', { config: { access: 'password' }, bodyLimit: FORM_BODY_BYTES }, async (request, reply) => {
    try {
      const token = await changePassword(context, visitorOf(request), {
        currentPassword: fieldOf(request, 'currentPassword'),
        newPassword: fieldOf(request, 'newPassword'),
      });
      await presentSession(context, reply, token);
      return reply.redirect('/projects?done=password', 303);
    } catch (error) {
      return showPassword(request, reply, toFormRefusal(error));
    }
  });

  app.post('/logout', { config: { access: 'password' } }, async (request, reply) => {
    await actFor(context, request, logOut);
    return clearCookie(reply, SESSION_COOKIE).redirect('/login', 303);
  });
}

function showLogin(request: FastifyRequest, reply: FastifyReply, refusal?: Refusal): FastifyReply {
  const known = readCookie(request, FORM_COOKIE);
  const secret = known === undefined || known === '' ? randomBytes(32).toString('base64url') : known;
  if (secret !== known) setCookie(reply, FORM_COOKIE, secret);
  if (refusal !== undefined) reply.code(refusal.status);
  if (refusal?.retryAfterS !== undefined) reply.header('retry-after', String(refusal.retryAfterS));
  const body = html`<section class="card narrow">
    <h1>Log in</h1>
    ${renderFaults(refusal)}
    <form method="post" action="/login">
      ${csrfField(secret)}
      <label for="tenant">Workshop</label>
      <input id="tenant" name="tenant" required autocomplete="organization" autocapitalize="none"
        aria-describedby="tenant-hint" value="${fieldOf(request, 'tenant')}">
      <p class="hint" id="tenant-hint">The short name of your workshop, such as <kbd>north-joinery</kbd>.</p>
      <label for="email">E-mail address</label>
      <input id="email" name="email" type="email" required autocomplete="username" value="${fieldOf(request, 'email')}">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" required autocomplete="current-password">
      <div class="actions"><button>Log in</button></div>
    </form>
  </section>`;
  return sendPage(reply, { title: 'Log in', body });
}

function showPassword(request: FastifyRequest, reply: FastifyReply, refusal?: Refusal): FastifyReply {
  const visitor = visitorOf(request);
  if (refusal !== undefined) reply.code(refusal.status);
  const body = html`<section class="card narrow">
    <h1>Choose a password</h1>
    ${visitor.mustChangePassword ? html`<p>Your password is temporary. Replace it, then go on.</p>` : undefined}
    ${renderFaults(refusal)}
    <form method="post" action="/password">
      ${csrfField(visitor.token)}
      <label for="currentPassword">Present password</label>
      <input id="currentPassword" name="currentPassword" type="password" required autocomplete="current-password">
      <label for="newPassword">New password</label>
      <input id="newPassword" name="newPassword" type="password" required autocomplete="new-password"
        minlength="${PASSWORD_LENGTH_MIN}" aria-describedby="new-hint">
      <p class="hint" id="new-hint">At least ${PASSWORD_LENGTH_MIN} characters. A few words make a good one.</p>
      <div class="actions"><button>Save password</button></div>
    </form>
  </section>`;
  return sendPage(reply, { title: 'Choose a password', visitor, body });
}
