import { randomUUID } from 'node:crypto';
import type { PortalLifeView } from '@tenantry/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { cancelOffboarding, createTenant, offboardTenant, reportUsage, suspendTenant } from '../../tenants/index.ts';
import { act, operator } from '../../tenants/testing/registry.ts';
import { openPortalWorld, type PortalBrowser } from '../testing/portal-world.ts';
import { listTenantWishes } from './index.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
afterAll(() => world.close());
const doing = act(test.database);
const counter = { ...operator, scopes: [...operator.scopes, 'metrics:write' as const] };

async function living(slug: string, language = 'en') {
  const client = await world.start(slug, language);
  const { tenantId, clientId } = client;
  await doing((ctx) =>
    createTenant(ctx, { id: tenantId, clientId, slug, productId: 'cutlist', name: slug, plan: 'professional' }),
  );
  return { ...client, nora: await world.enter(client) };
}
const lifeOf = async (browser: PortalBrowser) =>
  (await browser.ask('GET', '/life')).json<{ life: PortalLifeView | null }>().life;
const wish = (browser: PortalBrowser, what: string, more: object = {}) =>
  browser.ask('POST', '/wishes', { id: randomUUID(), wish: what, ...more });
const codeOf = (response: { json: () => unknown }): string => (response.json() as { code: string }).code;
const at = { now: world.clock.at };

describe('the life of a tenant in its portal', () => {
  it('PLAN-09, OFF-10: tells plan, use, suspension and the dates of leaving, and no reason of an operator', async () => {
    const acme = await living('acme');
    const tenantId = acme.tenantId;
    await doing(
      (ctx) => reportUsage(ctx, { tenant: tenantId, meter: 'projects', used: 3, source: 'app', countedAt: at.now }),
      {
        actor: counter,
        ...at,
      },
    );
    await doing((ctx) => suspendTenant(ctx, { tenantId, cause: 'payment_failure', reason: 'SECRET invoice' }), at);
    await doing((ctx) => offboardTenant(ctx, { tenantId, cause: 'contract_end', reason: 'SECRET end' }), at);
    const response = await acme.nora.ask('GET', '/life');
    expect(response.body).not.toContain('SECRET');
    const { life } = response.json<{ life: PortalLifeView }>();
    expect(life).toMatchObject({
      status: 'suspended',
      access_mode: 'read-only',
      suspended_for: ['payment_failure'],
      plan: 'professional',
      offboarding: {
        state: 'grace',
        ends_at: '2026-12-20T09:00:00.000Z',
        delete_after: '2027-01-19T09:00:00.000Z',
        held: false,
      },
      may_wish: ['export', 'stay'],
    });
    expect(life.meters.find(({ name }) => name === 'projects')).toMatchObject({ used: 3, state: 'ok' });
  });

  it('is null before there is a tenant', async () => {
    const early = await world.start('early');
    expect(await lifeOf(await world.enter(early))).toBeNull();
    expect(codeOf(await wish(await world.enter(early), 'export'))).toBe('portal.wish_refused');
  });
});

describe('a wish of a client', () => {
  it('OFF-11, OFF-27: for its data is a question, a line of the history and a date, once, and the vendor sees it', async () => {
    const beta = await living('beta', 'pt');
    const answers = await Promise.all([wish(beta.nora, 'export', { note: 'Em CSV' }), wish(beta.nora, 'export')]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const life = await lifeOf(beta.nora);
    expect(life).toMatchObject({
      wishes: [{ wish: 'export', asked_by: 'Nora Lindqvist', due_at: '2026-12-20T09:00:00.000Z', answered: false }],
      may_wish: ['plan'],
    });
    const { items } = (await beta.nora.ask('GET', '/questions')).json<{ items: { messages: { text: string }[] }[] }>();
    expect(items.map(({ messages }) => messages[0]?.text.split('\n')[0])).toEqual([
      'Pedimos uma cópia de todos os nossos dados.',
    ]);
    const seen = await doing((ctx) => listTenantWishes(ctx, 'beta'), at);
    expect(seen).toEqual(life?.wishes);
    const [line] = await test.asSuperuser<{ n: number }>(
      `select count(*)::int as n from tenantry.tenant_history where tenant_id = $1 and operation = 'wish_export'`,
      [beta.tenantId],
    );
    expect(line?.n).toBe(1);
    const question = life?.wishes[0]?.question;
    await world.operate('POST', `/runs/${beta.run}/questions/${question}/answer`, { text: 'Here it is' });
    expect(await lifeOf(beta.nora)).toMatchObject({ wishes: [{ answered: true }], may_wish: ['export', 'plan'] });
  });

  it('OFF-05: to stay can be asked while the tenant leaves, decides nothing, and is gone with the leaving', async () => {
    const gamma = await living('gamma');
    const { tenantId } = gamma;
    expect(codeOf(await wish(gamma.nora, 'stay'))).toBe('portal.wish_refused');
    await doing((ctx) => offboardTenant(ctx, { tenantId, cause: 'customer_request', reason: 'They go' }), at);
    expect((await wish(gamma.nora, 'stay')).statusCode).toBe(200);
    expect(codeOf(await wish(gamma.nora, 'plan'))).toBe('portal.wish_refused');
    expect(await lifeOf(gamma.nora)).toMatchObject({ offboarding: { state: 'grace' }, wishes: [{ wish: 'stay' }] });
    await doing((ctx) => cancelOffboarding(ctx, { tenantId, reason: 'They stay' }), at);
    expect(await lifeOf(gamma.nora)).toMatchObject({ offboarding: null, wishes: [] });
  });

  it('of another tenant is neither seen nor made', async () => {
    const [delta, epsilon] = [await living('delta'), await living('epsilon')];
    await wish(delta.nora, 'export');
    expect(await lifeOf(epsilon.nora)).toMatchObject({ wishes: [], may_wish: ['export', 'plan'] });
    const taken = (await lifeOf(delta.nora))?.wishes[0]?.question.slice('question_'.length) ?? '';
    const stolen = await epsilon.nora.ask('POST', '/wishes', { id: taken, wish: 'export' });
    expect(codeOf(stolen)).toBe('portal.not_found');
    expect((await lifeOf(epsilon.nora))?.wishes).toEqual([]);
  });
});
