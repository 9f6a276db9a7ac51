import type { FastifyReply } from 'fastify';
import type { Visitor } from '../sessions/load-session.ts';
import { csrfTokenOf } from '../sessions/token.ts';
import { type HtmlValue, html, type SafeHtml } from './html.ts';

export type Section = 'projects' | 'people' | 'settings' | 'audit';

export interface Page {
  readonly title: string;
  readonly body: HtmlValue;
  /** Without one, the page has no navigation. */
  readonly visitor?: Visitor | null;
  readonly section?: Section;
  /** Said once, after something was done. */
  readonly notice?: string | undefined;
}

const SECTIONS: readonly { section: Section; href: string; label: string; admin: boolean }[] = [
  { section: 'projects', href: '/projects', label: 'Projects', admin: false },
  { section: 'people', href: '/people', label: 'People', admin: true },
  { section: 'settings', href: '/settings', label: 'Settings', admin: true },
  { section: 'audit', href: '/audit', label: 'Audit log', admin: true },
];

export const sendPage = (reply: FastifyReply, page: Page): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(renderPage(page));

export function renderPage({ title, body, visitor, section, notice }: Page): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · Cutlist</title>
  <link rel="stylesheet" href="/assets/cutlist.css">
  <link rel="icon" href="/assets/cutlist.svg" type="image/svg+xml">
</head>
<body>
  <a class="skip" href="#main">Skip to content</a>
  <header class="bar">
    <a class="brand" href="/"><img src="/assets/cutlist.svg" alt="" width="28" height="28">Cutlist</a>
    ${visitor ? renderNavigation(visitor, section) : undefined}
  </header>
  <main id="main" tabindex="-1">
    ${notice === undefined ? undefined : html`<p class="notice" role="status">${notice}</p>`}
    ${body}
  </main>
</body>
</html>
`;
  return markup;
}

function renderNavigation(visitor: Visitor, current: Section | undefined): SafeHtml {
  const open = visitor.mustChangePassword ? [] : SECTIONS.filter(({ admin }) => !admin || visitor.role === 'admin');
  const links = open.map(({ section, href, label }) =>
    section === current
      ? html`<li><a href="${href}" aria-current="page">${label}</a></li>`
      : html`<li><a href="${href}">${label}</a></li>`,
  );
  return html`<nav aria-label="Main"><ul>${links}</ul></nav>
    <div class="who">
      <span>${visitor.fullName}<small>${visitor.tenant.name}</small></span>
      <form method="post" action="/logout">${csrfField(visitor.token)}<button class="quiet">Log out</button></form>
    </div>`;
}

export const csrfField = (secret: string): SafeHtml =>
  html`<input type="hidden" name="_csrf" value="${csrfTokenOf(secret)}">`;
