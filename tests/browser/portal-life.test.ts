/** What a client sees of its plan, its suspension and its leaving, and asks for, on a phone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { cloneDatabase } from '../../packages/server/src/db/testing/index.ts';
import { openPortalWorld } from '../../packages/server/src/portal/testing/portal-world.ts';
import {
  cancelOffboarding,
  createTenant,
  offboardTenant,
  reinstateTenant,
  reportUsage,
  suspendTenant,
} from '../../packages/server/src/tenants/index.ts';
import { act, operator } from '../../packages/server/src/tenants/testing/registry.ts';
import { assertAccessible } from './assert-accessible.ts';
import { type OpenedChromium, openChromium } from './open-chromium.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
const now = world.clock.at;
const actor = { ...operator, scopes: [...operator.scopes, 'metrics:write' as const] };
const doing: ReturnType<typeof act> = (fn) => act(test.database)(fn, { actor, now });

let opened: OpenedChromium | string;
let url: string;

beforeAll(async () => {
  opened = await openChromium();
  url = await world.server.listen({ host: '127.0.0.1', port: 0 });
}, 60_000);
afterAll(async () => {
  if (typeof opened === 'object') await opened.close();
  await world.close();
}, 60_000);
beforeEach((context) => {
  if (typeof opened === 'string') context.skip(opened);
});

/** The portal of a client with a tenant, open on a phone at the page of its plan. */
async function inPortal(
  slug: string,
  language: string,
): Promise<{ page: Page; tenantId: string; context: BrowserContext }> {
  if (typeof opened === 'string') throw new Error(opened);
  const client = await world.start(slug, language);
  const { tenantId, clientId } = client;
  await doing((ctx) =>
    createTenant(ctx, { id: tenantId, clientId, slug, productId: 'cutlist', name: slug, plan: 'professional' }),
  );
  for (const [meter, used] of [
    ['users', 88],
    ['projects', 200],
    ['storage_bytes', 2_500_000_000],
  ] as const) {
    await doing((ctx) => reportUsage(ctx, { tenant: tenantId, meter, used, source: 'app', countedAt: now }));
  }
  const { token } = await world.linkOf(client);
  const context = await opened.browser.newContext({
    viewport: { width: 390, height: 844 },
    locale: language === 'pt' ? 'pt-PT' : 'en-GB',
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(`${url}/portal/open#${token}`);
  await page.getByRole('button', { name: language === 'pt' ? 'Abrir a minha página' : 'Open my page' }).click();
  await page.getByRole('link', { name: language === 'pt' ? 'O seu plano' : 'Your plan' }).click();
  return { page, tenantId, context };
}

/** For people who want to look: `TENANTRY_PICTURES=FOLDER`. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.TENANTRY_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: null });
}

it('PLAN-09, OFF-10, OFF-27: a client reads plan and use in plain words, is told what shuts it out and when it ends, and asks for its data and to stay', async () => {
  const { page, tenantId, context } = await inPortal('acme', 'en');
  await page.getByText('You are on the plan “Professional”.').waitFor();
  await page.getByText('88 of 100').waitFor();
  await page.getByText('nearly used up').waitFor();
  await page.getByText('used up: new ones are refused').waitFor();
  await page.getByText('2.5 GB of 10 GB').waitFor();
  await page.getByText('up to 2,000 every 15 minutes').waitFor();
  await assertAccessible(page);
  await picture(page, 'portal-plan');

  await doing((ctx) => suspendTenant(ctx, { tenantId, cause: 'payment_failure', reason: 'SECRET invoice' }));
  await page.reload();
  await page.getByText('You can read, and change nothing for now').waitFor();
  await page.getByText('A payment did not come through.').waitFor();
  await doing((ctx) => reinstateTenant(ctx, { tenantId, resolution: 'paid' }));
  await doing((ctx) => offboardTenant(ctx, { tenantId, cause: 'customer_request', reason: 'SECRET end' }));
  await page.reload();
  await page.getByText('Your access ends on 20 Dec 2026').waitFor();
  await page.getByText('kept out of reach until 19 Jan 2027').waitFor();
  expect(await page.getByText(/SECRET (end|invoice)/).count()).toBe(0);

  const ask = (what: string) => page.getByRole('button', { name: `Ask: ${what}` });
  await page
    .getByRole('listitem')
    .filter({ has: ask('A copy of all your data') })
    .getByLabel('What we should know')
    .fill('In CSV, please');
  await ask('A copy of all your data').click();
  await page.getByText('You have it by 20 Dec 2026 at the latest.').waitFor();
  await ask('Stay with us').click();
  await ask('Stay with us').waitFor({ state: 'detached' });
  expect(await page.getByText('waits for our answer').count()).toBe(2);
  await assertAccessible(page);
  await picture(page, 'portal-leaving');
  await page.getByRole('link', { name: 'Questions' }).click();
  await page.getByText('In CSV, please').waitFor();
  await page.getByRole('link', { name: 'See what you can do' }).click();
  await doing((ctx) => cancelOffboarding(ctx, { tenantId, reason: 'They stay' }));
  await page.reload();
  await page.getByText('You are on the plan “Professional”.').waitFor();
  await page.getByText('Your access ends on').waitFor({ state: 'detached' });
  await context.close();
}, 90_000);

it('reads all of it in Portuguese where the client does', async () => {
  const { page, tenantId, context } = await inPortal('beta', 'pt');
  await page.getByText('Tem o plano “Professional”.').waitFor();
  await doing((ctx) => suspendTenant(ctx, { tenantId, cause: 'security_incident', reason: 'x' }));
  await doing((ctx) => offboardTenant(ctx, { tenantId, cause: 'contract_end', reason: 'x' }));
  await page.reload();
  await page.getByText('Por agora ninguém pode entrar').waitFor();
  await page.getByText('O seu acesso termina em').waitFor();
  await page.getByText('2,5 GB de 10 GB').waitFor();
  await page.getByRole('button', { name: 'Pedir: Ficar connosco' }).waitFor();
  await assertAccessible(page);
  await picture(page, 'portal-pt');
  await context.close();
}, 60_000);
