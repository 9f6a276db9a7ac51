import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { formatLength, readLength, type Unit } from '../cutting/length.ts';
import { actFor, visitorOf } from '../http/access.ts';
import { fieldOf, queryOf } from '../http/forms.ts';
import type { Refusal } from '../refusal.ts';
import type { Visitor } from '../sessions/load-session.ts';
import { effectiveLimits } from '../tenants/plan-limits.ts';
import { renderFaults, toFormRefusal } from '../ui/faults.ts';
import { html, type SafeHtml } from '../ui/html.ts';
import { csrfField, sendPage } from '../ui/page.ts';
import { loadSettings, readSettings, type Settings, saveSettings } from './settings.ts';

export function addSettingsRoutes(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/settings', { config: { access: 'read' } }, (request) => actFor(context, request, loadSettings));

  app.put('/api/settings', { config: { access: 'admin' } }, (request) => {
    const settings = readSettings(request.body);
    return actFor(context, request, (act) => saveSettings(act, settings));
  });

  const show = async (request: FastifyRequest, reply: FastifyReply, refusal?: Refusal): Promise<FastifyReply> => {
    const settings = await actFor(context, request, loadSettings);
    const visitor = visitorOf(request);
    if (refusal !== undefined) reply.code(refusal.status);
    const notice = queryOf(request, 'done') === 'saved' ? 'Settings saved.' : undefined;
    const body = renderSettings(visitor, settings, refusal);
    return sendPage(reply, { title: 'Settings', section: 'settings', visitor, body, notice });
  };

  app.get('/settings', { config: { access: 'admin' } }, async (request, reply) => show(request, reply));

  app.post('/settings', { config: { access: 'admin' } }, async (request, reply) => {
    try {
      const settings = readSettings(fromForm(request));
      await actFor(context, request, (act) => saveSettings(act, settings));
      return await reply.redirect('/settings?done=saved', 303);
    } catch (error) {
      return await show(request, reply, toFormRefusal(error));
    }
  });
}

/** The lengths were typed in the unit the page was shown in; `unit` is the one to change to. */
function fromForm(request: FastifyRequest): unknown {
  const shown: Unit = fieldOf(request, 'shownUnit') === 'in' ? 'in' : 'mm';
  return {
    kerfMm: readLength(fieldOf(request, 'kerf'), shown),
    unit: fieldOf(request, 'unit'),
    keepOffcutMm: readLength(fieldOf(request, 'keepOffcut'), shown),
  };
}

function renderSettings(visitor: Visitor, settings: Settings, refusal: Refusal | undefined): SafeHtml {
  const { unit } = settings;
  const option = (value: Unit, label: string): SafeHtml =>
    value === unit
      ? html`<option value="${value}" selected>${label}</option>`
      : html`<option value="${value}">${label}</option>`;
  return html`<h1>Settings</h1>
    <section class="card narrow">
      ${renderFaults(refusal)}
      <form method="post" action="/settings">
        ${csrfField(visitor.token)}
        <input type="hidden" name="shownUnit" value="${unit}">
        <label for="kerf">Kerf (${unit})</label>
        <input id="kerf" name="kerf" required inputmode="decimal" value="${formatLength(settings.kerfMm, unit)}"
          aria-describedby="kerf-hint">
        <p class="hint" id="kerf-hint">What the saw blade eats at each cut.</p>
        <label for="keepOffcut">Smallest offcut to keep (${unit})</label>
        <input id="keepOffcut" name="keepOffcut" required inputmode="decimal"
          value="${formatLength(settings.keepOffcutMm, unit)}">
        <label for="unit">Unit</label>
        <select id="unit" name="unit">${option('mm', 'Millimetres')}${option('in', 'Inches')}</select>
        <div class="actions"><button>Save settings</button></div>
      </form>
    </section>
    ${renderPlan(visitor)}`;
}

function renderPlan({ tenant }: Visitor): SafeHtml {
  const limits = effectiveLimits(tenant.plan, tenant.settings);
  const show = (limit: number): string => (Number.isFinite(limit) ? limit.toLocaleString('en') : 'Unlimited');
  return html`<section class="card narrow"><h2>Plan</h2><dl>
    <dt>Plan</dt><dd>${tenant.plan}</dd>
    <dt>Users</dt><dd>${show(limits.users)}</dd>
    <dt>Projects</dt><dd>${show(limits.projects)}</dd>
    <dt>API calls in 15 minutes</dt><dd>${show(limits.apiCallsPer15Min)}</dd>
  </dl></section>`;
}
