/** The development mailbox as pages. They hold what nobody else may read, so they answer this machine only. */
import { TenantryError } from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listMessages, type OpenedMessage, openMessage, type StoredMessage } from './connectors/email/index.ts';
import { escapeHtml } from './connectors/kit/index.ts';
import { type HttpServer, sendPage } from './http/index.ts';

export interface MailboxRoutesDeps {
  /** Where the mailbox keeps its messages. */
  readonly folder: string;
}

const PAGE_SIZE = 50;

/** Links of a message open in a window of their own, outside the sandbox; nothing is loaded from elsewhere. */
const BODY_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

const options = { config: { public: true }, schema: { hide: true }, onRequest: refuseOthers } as const;
const withId = { ...options, schema: { hide: true, params: z.object({ id: z.string() }) } } as const;

/** For development only: registers `/dev/mailbox`, a message and its HTML body. */
export function mailboxRoutes(server: HttpServer, { folder }: MailboxRoutesDeps): void {
  const open = async (id: string): Promise<OpenedMessage> => {
    const message = await openMessage(folder, id);
    if (message === undefined) throw notFound();
    return message;
  };
  server.get(
    '/dev/mailbox',
    { ...options, schema: { hide: true, querystring: z.object({ before: z.string().optional() }) } },
    async (request, reply) => {
      const { before } = request.query;
      const messages = (await listMessages(folder)).reverse().filter(({ id }) => before === undefined || id < before);
      return sendPage(reply, { title: 'Development mailbox', body: listPage(messages) });
    },
  );
  server.get('/dev/mailbox/:id', withId, async (request, reply) => {
    const message = await open(request.params.id);
    const title = `${escapeHtml(message.subject)} - Development mailbox`;
    return sendPage(reply, { title, body: messagePage(message), frames: true });
  });
  server.get('/dev/mailbox/:id/body', withId, async (request, reply) => {
    const { html } = await open(request.params.id);
    return reply
      .header('content-security-policy', BODY_POLICY)
      .type('text/html; charset=utf-8')
      .send(`<!doctype html><base target="_blank">${html}`);
  });
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(?:(?:[\w-]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * The connection must come from this machine, and be meant for it: a web page elsewhere can point its own host name at
 * 127.0.0.1 and would else read what is shown here. What a proxy forwards is for somebody else.
 */
/** Hook of routes that answer this machine only. */
export async function refuseOthers(request: FastifyRequest): Promise<void> {
  const { headers, socket } = request.raw;
  const forwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  if (!forwarded && LOOPBACK.test(socket.remoteAddress ?? '') && LOCAL_HOST.test(headers.host ?? '')) return;
  throw notFound();
}

const notFound = (): TenantryError =>
  new TenantryError('request.not_found', 'There is no such page here.', {
    next: 'Open it on the machine that runs Tenantry, by the name localhost.',
  });

function listPage(messages: readonly StoredMessage[]): string {
  const shown = messages.slice(0, PAGE_SIZE);
  const oldest = messages.length > PAGE_SIZE ? shown.at(-1) : undefined;
  const table =
    shown.length === 0
      ? '<p>No mail yet. What Tenantry would send to people appears here.</p>'
      : `<table><thead><tr><th scope="col">Received</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead>
<tbody>${shown.map(row).join('')}</tbody></table>`;
  const older = oldest === undefined ? '' : `<p><a href="/dev/mailbox?before=${oldest.id}">Older messages</a></p>`;
  return `<h1>Development mailbox</h1>
<p class="quiet">Mail of this installation. None of it was sent to anybody.</p>${table}${older}`;
}

const row = ({ id, to, subject, receivedAt }: StoredMessage): string =>
  `<tr><td>${time(receivedAt)}</td><td>${escapeHtml(to.join(', '))}</td>` +
  `<td><a href="/dev/mailbox/${id}">${escapeHtml(subject === '' ? '(no subject)' : subject)}</a></td></tr>`;

function messagePage({ id, from, to, subject, receivedAt, text, html }: OpenedMessage): string {
  const body =
    html === ''
      ? ''
      : `<h2>Message</h2><iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/dev/mailbox/${id}/body" title="The message as its reader sees it"></iframe>`;
  const plain = text === '' ? '' : `<h2>Plain text</h2><pre>${withLinks(text)}</pre>`;
  return `<p><a href="/dev/mailbox">All messages</a></p>
<h1>${escapeHtml(subject === '' ? '(no subject)' : subject)}</h1>
<dl class="facts"><dt>From</dt><dd>${escapeHtml(from)}</dd><dt>To</dt><dd>${escapeHtml(to.join(', '))}</dd>
<dt>Received</dt><dd>${time(receivedAt)}</dd></dl>${body}${plain}`;
}

const time = (iso: string): string =>
  `<time datetime="${escapeHtml(iso)}">${escapeHtml(iso.slice(0, 19).replace('T', ' '))} UTC</time>`;

const ADDRESS = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/;

/** Every second part of a split by one group is what the group matched. */
const withLinks = (text: string): string =>
  text
    .split(ADDRESS)
    .map((part, index) => {
      const shown = escapeHtml(part);
      return index % 2 === 0 ? shown : `<a href="${shown}" target="_blank" rel="noopener noreferrer">${shown}</a>`;
    })
    .join('');
