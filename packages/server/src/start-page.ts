import { type HttpServer, sendPage } from './http/index.ts';

export interface StartPageOptions {
  /** Whether the development mailbox is there. */
  readonly development: boolean;
}

/** `GET /`: what answers here, for somebody who opens the address of the server in a browser. */
export function serveStartPage(server: HttpServer, { development }: StartPageOptions): void {
  const body = pageOf(development);
  server.get('/', { config: { public: true }, schema: { hide: true } }, async (_request, reply) =>
    sendPage(reply, { title: 'Tenantry', body }),
  );
}

const pageOf = (development: boolean): string => `<h1>Tenantry</h1>
<p>The control plane for the life of a B2B client: onboarding, changes, suspension, offboarding, as runbooks that
execute and leave evidence.</p>
<p><a href="console/">Open the console</a></p>
<ul>
<li><a href="api/docs">The API</a>, with every route and its schemas</li>
${development ? '<li><a href="dev/mailbox">The development mailbox</a>: mail that would have gone to people</li>\n' : ''}<li><a href="api/v1/health">Health</a> of this process and its database</li>
</ul>
<p>On the command line, <code>npx --no-install tenantry --help</code> lists what can be done.</p>
${development ? '<p class="quiet">This is a development installation: its people are stand-ins and its approvals count nowhere else.</p>' : ''}`;
