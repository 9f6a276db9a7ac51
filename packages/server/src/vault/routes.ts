/** One-time links: the page `/reveal` and what it asks. Both are public, because the token is the authority. */
import { readFileSync } from 'node:fs';
import { type RevealedView, revealedSchema, revealRequestSchema } from '@tenantry/contract';
import { systemActor } from '../access/index.ts';
import { type HttpServer, sendPage } from '../http/index.ts';
import type { Keyring } from './keyring.ts';
import { spendRevealLink } from './reveal-links.ts';
import type { Revealed } from './types.ts';

export interface VaultRoutesDeps {
  readonly keyring: Keyring;
}

const SCRIPT = new URL('./assets/reveal.js', import.meta.url);

/** Addresses in it are relative, so that it works behind a proxy that serves it under a path. */
const PAGE = `
<noscript><h1>This page needs JavaScript</h1><p>The link stays good: open it in a browser that runs scripts.</p></noscript>
<section id="ready" hidden>
<h1>Somebody shared a secret with you</h1>
<p>It can be shown once. After that this link is used up, so open it when you can keep what you see: in a password
manager, for example.</p>
<p><button type="button" id="reveal">Show it now</button></p>
</section>
<section id="shown" hidden>
<h1 id="label" tabindex="-1"></h1>
<p>This is the only time it is shown here. Keep it before you close this page.</p>
<dl id="fields"></dl>
</section>
<section id="failed" hidden>
<h1 id="failed-title" tabindex="-1"></h1>
<p id="failed-detail"></p>
<p id="failed-next"></p>
</section>
<p id="status" role="status" aria-live="polite"></p>
`;

export function vaultRoutes(server: HttpServer, { keyring }: VaultRoutesDeps): void {
  pageRoutes(server);
  server.post(
    '/api/v1/reveal',
    {
      config: { public: true },
      schema: {
        summary: 'Use up a one-time link and show what it holds; the token is the authority',
        tags: ['vault'],
        body: revealRequestSchema,
        response: { 200: revealedSchema },
      },
    },
    async (request) => {
      const { database, now } = server.services;
      // Answered after the commit: a secret is shown only when the link is used up for good.
      const revealed = await database.transaction('operator', (tx) =>
        spendRevealLink(
          { tx, keyring, actor: systemActor('reveal'), now: now() },
          { token: request.body.token, openedBy: request.ip },
        ),
      );
      return viewRevealed(revealed);
    },
  );
}

function pageRoutes(server: HttpServer): void {
  const script = readFileSync(SCRIPT, 'utf8');
  const options = { config: { public: true }, schema: { hide: true } } as const;
  server.get('/reveal', options, async (_request, reply) =>
    sendPage(reply, { title: 'A secret for you', body: PAGE, script: 'assets/reveal.js' }),
  );
  server.get('/assets/reveal.js', options, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(script),
  );
}

const viewRevealed = ({ label, secret, record }: Revealed): RevealedView => ({
  label,
  secret: secret.reveal(),
  record:
    record === undefined
      ? null
      : {
          organization: record.organization,
          username: record.username,
          email: record.email,
          login_url: record.loginUrl,
          admin_url: record.adminUrl ?? null,
        },
});
