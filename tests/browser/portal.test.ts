/** A client's own page as they meet it: a phone, a real browser, a real control plane. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../packages/server/src/db/testing/index.ts';
import { openPortalWorld } from '../../packages/server/src/portal/testing/portal-world.ts';
import { assertAccessible } from './assert-accessible.ts';
import { type OpenedChromium, openChromium } from './open-chromium.ts';

const test = await cloneDatabase();
const world = await openPortalWorld(test);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'en-GB' };

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

async function phone(options: object = {}): Promise<BrowserContext> {
  if (typeof opened === 'string') throw new Error(opened);
  return opened.browser.newContext({ ...PHONE, ...options });
}

async function openPage(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(`${url}/portal/${path}`);
  return page;
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

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

const PDF = { name: 'metadata.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nmetadata') };
const WEB_PAGE = { name: 'metadata.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<!doctype html><p>x') };

describe('ROLE-08: a client on a phone', () => {
  it('INT-35, VAL-31: comes in by a link, fills in a form that survives a reload, uploads, signs and gets a receipt', async () => {
    const acme = await world.start('acme');
    const { token } = await world.linkOf(acme);
    const context = await phone();
    const page = await openPage(context, `open#${token}`);
    await heading(page, 'Welcome');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Open my page' }).click();
    await heading(page, 'Hello, Nora Lindqvist');
    expect(page.url()).toBe(`${url}/portal/`);
    await page.getByText('It is your turn').waitFor();
    await page.getByText('Engineering on our side, in “About you”').waitFor();
    await assertAccessible(page);
    await picture(page, 'overview');

    await page.getByRole('link', { name: 'Tell us how you work' }).click();
    await heading(page, 'Tell us how you work');
    await page.getByLabel('People').fill('0');
    await page.getByLabel('Token').fill('sk_live_secret');
    await page.getByRole('textbox', { name: 'Remarks' }).fill('Two sites, one account.');
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.reload();
    await heading(page, 'Tell us how you work');
    expect(await page.getByLabel('People').inputValue()).toBe('0');
    expect(await page.getByRole('textbox', { name: 'Remarks' }).inputValue()).toBe('Two sites, one account.');
    expect(await page.getByLabel('Token').inputValue()).toBe('');
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain('sk_live');

    await page.getByLabel('Metadata').setInputFiles(WEB_PAGE);
    await page.getByText('A file of this kind is not taken.').waitFor();
    await page.getByLabel('Metadata').setInputFiles(PDF);
    await page.getByRole('button', { name: 'Remove metadata.pdf' }).waitFor();
    await page.getByLabel('Token').fill('sk_live_secret');
    await page.getByLabel('Everybody was asked').check();
    await page.getByRole('button', { name: 'Send' }).first().click();
    await page.getByText('Please look at the fields that are marked.').waitFor();
    expect(await page.getByLabel('People').getAttribute('aria-invalid')).toBe('true');
    await assertAccessible(page);
    await picture(page, 'task');
    await page.getByLabel('People').fill('240');
    await page.getByRole('button', { name: 'Send' }).first().click();
    await heading(page, 'Thank you. It is sent.');
    await page.getByRole('link', { name: 'Back to the overview' }).click();
    await page.getByText('Nothing waits for you.').waitFor();

    const rui = await world.enter(acme, { role: 'client_it', email: 'rui@acme.example' });
    await rui.ask('POST', `/runs/${acme.run}/tasks/network/complete`, {});
    await world.operate('POST', `/runs/${acme.run}/steps/contract_review/complete`, {});
    await page.reload();
    await page.getByRole('link', { name: 'You accept' }).click();
    await heading(page, 'You accept');
    await page.getByText('It works as agreed').waitFor();
    await page.getByText('240', { exact: false }).waitFor();
    await assertAccessible(page);
    await picture(page, 'sign');
    await page.getByLabel('Your full name').fill('Nora Lindqvist');
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    await heading(page, 'Your receipt');
    await page.getByText('Signed by Nora Lindqvist as Technical contact').waitFor();
    await picture(page, 'receipt');
    const [receipt] = await world.mailsTo(acme.email, 'portal-signed');
    expect(receipt?.content).toMatchObject({ signed_name: 'Nora Lindqvist' });
    expect(await page.locator('main code').textContent()).toBe(receipt?.content.hash);

    await page.getByRole('link', { name: 'Questions' }).click();
    await page.getByText('Ask us something').click();
    await page.getByLabel('Your question').fill('When do we start?');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('waits for our answer').waitFor();
    await assertAccessible(page);
    await picture(page, 'questions');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'You are not signed in here');
    await context.close();
  }, 90_000);

  it('is shown both drafts when another tab saved meanwhile, and keeps typing without a connection', async () => {
    const beta = await world.start('beta');
    const { token } = await world.linkOf(beta);
    const context = await phone();
    const one = await openPage(context, `open#${token}`);
    await one.getByRole('button', { name: 'Open my page' }).click();
    await heading(one, 'Hello, Nora Lindqvist');
    const task = `task/${beta.run}/details`;
    const [left, right] = [await openPage(context, task), await openPage(context, task)];
    for (const page of [left, right]) await heading(page, 'Tell us how you work');
    await left.getByLabel('People').fill('10');
    await left.getByText('Saved', { exact: true }).waitFor();
    await right.getByLabel('People').fill('20');
    await right.getByText('There is a newer draft').waitFor();
    expect(await right.getByRole('alert').textContent()).toMatch(/People: 20[\s\S]*People: 10/);
    await assertAccessible(right);
    await picture(right, 'conflict');
    await right.getByRole('button', { name: 'What I typed here' }).click();
    await right.getByText('Saved', { exact: true }).waitFor();
    const visitor = await world.browserOf(context);
    expect((await visitor.task(beta.run, 'details')).draft.content.values).toEqual({ size: 20 });

    await context.setOffline(true);
    await right.getByRole('textbox', { name: 'Remarks' }).fill('typed in a tunnel');
    await right.getByText('Kept on this device', { exact: true }).waitFor();
    await right.evaluate('navigator.serviceWorker.ready.then(() => true)');
    await right.reload();
    await heading(right, 'There is no connection');
    await assertAccessible(right);
    await picture(right, 'offline');
    await context.setOffline(false);
    await heading(right, 'Tell us how you work');
    expect(await right.getByRole('textbox', { name: 'Remarks' }).inputValue()).toBe('typed in a tunnel');
    await right.getByText('Saved', { exact: true }).waitFor();
    await context.close();
  }, 60_000);

  it('reads Portuguese where the client does', async () => {
    const gama = await world.start('gama', 'pt-PT');
    const { token } = await world.linkOf(gama);
    const context = await phone({ locale: 'pt-PT' });
    const page = await openPage(context, `open#${token}`);
    await heading(page, 'Bem-vindo');
    await page.getByRole('button', { name: 'Abrir a minha página' }).click();
    await page.getByText('É a sua vez').waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('pt');
    await assertAccessible(page);
    await picture(page, 'overview-pt');
    await page.getByRole('link', { name: 'Tell us how you work' }).click();
    await page.getByRole('button', { name: 'Enviar' }).first().waitFor();
    await page.getByLabel('People').fill('0');
    await page.getByRole('button', { name: 'Enviar' }).first().click();
    await page.getByText('Tem de ser 1 ou mais.').waitFor();
    await assertAccessible(page);
    await context.close();
  }, 60_000);
});

describe('a link that does not open', () => {
  it('looks the same whether it is forged, used, expired or revoked, and leads to a new one by mail', async () => {
    const delta = await world.start('delta');
    const [used, expired, revoked] = [
      await world.linkOf(delta),
      await world.linkOf(delta, { days: 1 }),
      await world.linkOf(delta),
    ];
    await world.browser().ask('POST', '/open', { token: used.token });
    await world.operate('POST', `/runs/${delta.run}/portal-links/${revoked.id}/revoke`, { reason: 'by mistake' });
    // The newest of this person opens again what the revoked one had closed.
    world.later(1);
    await world.linkOf(delta);
    world.later(25 * 60);
    const seen = new Set<string>();
    const context = await phone();
    for (const token of ['tpl_forged', used.token, expired.token, revoked.token]) {
      const page = await openPage(context, `open#${token}`);
      await page.getByRole('button', { name: 'Open my page' }).click();
      await heading(page, 'This link does not open your page');
      seen.add((await page.locator('main').innerHTML()).replaceAll(/\s+/g, ' '));
      if (token === expired.token) {
        await assertAccessible(page);
        await picture(page, 'refused');
        await page.getByRole('button', { name: 'Send me a new link' }).click();
        await page.getByText('If we know you, a new link is on its way.').waitFor();
      }
      await page.close();
    }
    expect(seen.size).toBe(1);
    const mails = await world.mailsTo(delta.email, 'portal-link');
    expect(mails).toHaveLength(1);
    const page = await openPage(context, `open#${mails[0]?.token}`);
    await page.getByRole('button', { name: 'Open my page' }).click();
    await heading(page, 'Hello, Nora Lindqvist');
    await context.close();
  }, 60_000);
});
