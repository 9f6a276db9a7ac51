import type { FastifyInstance } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { queryOf } from '../http/forms.ts';
import { Refusal } from '../refusal.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { sendPage } from '../ui/page.ts';
import { formatTime } from '../ui/time.ts';
import { AUDIT_PAGE_SIZE, type AuditLine, listAudit } from './list-audit.ts';

export function addAuditRoutes(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/audit', { config: { access: 'admin' } }, async (request) => {
    const before = readBefore(queryOf(request, 'before'));
    return { entries: await actFor(context, request, (act) => listAudit(act, before)) };
  });

  app.get('/audit', { config: { access: 'admin' } }, async (request, reply) => {
    const before = readBefore(queryOf(request, 'before'));
    const lines = await actFor(context, request, (act) => listAudit(act, before));
    const body = renderAudit(lines);
    return sendPage(reply, { title: 'Audit log', section: 'audit', visitor: visitorOf(request), body });
  });
}

function readBefore(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{1,18}$/.test(text)) return text;
  throw new Refusal('invalid', 'The page asked for does not exist.', {
    faults: [{ path: 'before', message: 'Expected the id of an entry.' }],
  });
}

function renderAudit(lines: readonly AuditLine[]): SafeHtml {
  const last = lines.length === AUDIT_PAGE_SIZE ? lines.at(-1) : undefined;
  return html`<h1>Audit log</h1>
    <div class="scroll"><table>
      <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th>
        <th scope="col">Detail</th></tr></thead>
      <tbody>${lines.map(renderLine)}</tbody>
    </table></div>
    ${last === undefined ? undefined : html`<p><a href="/audit?before=${last.id}">Older entries</a></p>`}`;
}

const renderLine = (line: AuditLine): SafeHtml => html`<tr>
  <td>${formatTime(line.at)}</td><td>${line.actor}</td><td><code>${line.action}</code></td>
  <td class="detail">${Object.entries(line.detail).map(([key, value]) => html`<span>${key}: ${asText(value)}</span> `)}</td>
</tr>`;

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
