import type { Refusal } from '../refusal.ts';
import type { Visitor } from '../sessions/load-session.ts';
import { renderFaults } from './faults.ts';
import { html } from './html.ts';
import { renderPage } from './page.ts';

const WAYS_OUT: Readonly<Record<string, { href: string; label: string }>> = {
  password_change_required: { href: '/password', label: 'Choose a password' },
  tenant_suspended: { href: '/login', label: 'To the log-in' },
  tenant_offboarded: { href: '/login', label: 'To the log-in' },
  tenant_onboarding: { href: '/login', label: 'To the log-in' },
};

export function renderRefusal(refusal: Refusal, visitor: Visitor | null): string {
  const way = WAYS_OUT[refusal.code] ?? { href: '/projects', label: 'To the projects' };
  const title = refusal.status === 404 ? 'Not found' : 'That did not work';
  const body = html`<section class="card narrow">
    <h1>${title}</h1>
    ${renderFaults(refusal)}
    <p><a class="button" href="${way.href}">${way.label}</a></p>
  </section>`;
  return renderPage({ title, body, visitor });
}
