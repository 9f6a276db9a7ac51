/** Development only: signing in by picking one of the seeded people, on the machine that runs the installation. */
import formbody from '@fastify/formbody';
import { z } from 'zod';
import { systemActor } from './access/index.ts';
import { recordAudit } from './audit/index.ts';
import { escapeHtml } from './connectors/kit/index.ts';
import { assertSameOrigin, type HttpServer, sendPage, setSessionCookie } from './http/index.ts';
import { refuseOthers } from './mailbox-routes.ts';
import { findDevelopmentPerson, listDevelopmentPeople, openSession, returnPath } from './people/index.ts';

export interface DevelopmentSignInDeps {
  /** No slash at its end. */
  readonly publicUrl: string;
}

const PATH = '/dev/sign-in';
const toText = z.string().max(2_000).default('');

export function developmentSignIn(server: HttpServer, { publicUrl }: DevelopmentSignInDeps): void {
  const { database, now } = server.services;
  const base = new URL(publicUrl).pathname.replace(/\/$/, '');
  const options = { config: { public: true }, onRequest: refuseOthers } as const;
  server.register((scope: HttpServer, _options, done) => {
    scope.register(formbody);
    scope.get(
      PATH,
      { ...options, schema: { hide: true, querystring: z.object({ to: toText }) } },
      async (request, reply) => {
        const people = await database.transaction('operator', (tx) => listDevelopmentPeople(tx));
        const body = pickerPage(people, { base, to: consolePath(request.query.to) });
        return sendPage(reply, { title: 'Sign in as - Tenantry', body, forms: true });
      },
    );
    scope.post(
      PATH,
      { ...options, schema: { hide: true, body: z.object({ person: z.uuid(), to: toText }) } },
      async (request, reply) => {
        assertSameOrigin(request);
        const token = await database.transaction('operator', async (tx) => {
          const ctx = { tx, now: now(), actor: systemActor('development') };
          const person = await findDevelopmentPerson(tx, request.body.person);
          const opened = await openSession(ctx, {
            personId: person.id,
            amr: ['development'],
            address: request.ip,
            userAgent: request.headers['user-agent'] ?? '',
          });
          await recordAudit(ctx, {
            action: 'operator.signed_in',
            subject: { kind: 'person', id: person.id, name: person.name },
            detail: { sessionId: opened.id, how: 'picked in a development installation' },
          });
          return opened.token;
        });
        setSessionCookie(reply, token.reveal(), { publicUrl });
        return reply.redirect(`${base}${consolePath(request.body.to)}`, 303);
      },
    );
    done();
  });
}

/** A path of this server; the console where none is named. */
const consolePath = (to: string): string => (to === '' ? '/console/' : returnPath(to));

interface Pick {
  readonly base: string;
  readonly to: string;
}

function pickerPage(
  people: readonly { readonly id: string; readonly name: string; readonly roles: readonly string[] }[],
  { base, to }: Pick,
): string {
  const forms = people.map(
    ({ id, name, roles }) => `<dt>${escapeHtml(roles.map((role) => role.replaceAll('_', ' ')).join(', '))}</dt>
<dd><form method="post" action="${base}${PATH}">
<input type="hidden" name="to" value="${escapeHtml(to)}"><input type="hidden" name="person" value="${id}">
<button type="submit">Sign in as ${escapeHtml(name)}</button></form></dd>`,
  );
  return `<h1>Sign in as</h1>
<p class="quiet">This is a development installation. These people are stand-ins: what they approve counts nowhere else,
and this page exists on this machine only.</p>
${people.length === 0 ? '<p>Nobody was seeded yet.</p>' : `<dl>${forms.join('')}</dl>`}
<p><a href="${base}/operator/sign-in?to=${encodeURIComponent(to)}">Sign in with a password instead</a></p>`;
}
