/** The vendor's application and its log-in as people meet them: two real servers, one real browser. */
import { readFile } from 'node:fs/promises';
import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { install } from '../../examples/apps/cutlist/src/testing/installation.ts';
import { cloneDatabase } from '../../packages/server/src/db/testing/index.ts';
import { setTenantPolicy } from '../../packages/server/src/identity/policy.ts';
import { changeClient, setTenantColor } from '../../packages/server/src/identity/provider/index.ts';
import { providerWorld } from '../../packages/server/src/identity/provider/testing/provider-world.ts';
import { endSessionsOf } from '../../packages/server/src/identity/sessions.ts';
import { freePort } from '../e2e/installation.ts';
import { assertAccessible } from './assert-accessible.ts';
import { type OpenedChromium, openChromium } from './open-chromium.ts';

const test = await cloneDatabase();
const world = await providerWorld(test);
const NEW_PASSWORD = 'seven quiet planks of oak';

let opened: OpenedChromium | string;
let app: Awaited<ReturnType<typeof install>>;

beforeAll(async () => {
  opened = await openChromium();
  const httpsPort = await freePort();
  const origin = `https://127.0.0.1:${httpsPort}`;
  const { secret } = await world.registerClient({
    id: 'cutlist',
    name: 'Cutlist',
    tenantLabel: 'Workshop',
    redirectUris: [`${origin}/callback`],
    postLogoutRedirectUris: [`${origin}/logged-out`],
    backchannelLogoutUri: `${origin}/backchannel-logout`,
    loginUri: `${origin}/login`,
  });
  app = await install({ oidc: { issuer: world.idp.issuer, clientId: 'cutlist', clientSecret: secret }, httpsPort });
  const trustedCa = await readFile(app.cutlist.caPath, 'utf8');
  await world.doing((ctx) => changeClient(ctx, 'cutlist', { trustedCa }));
}, 120_000);

afterAll(async () => {
  if (typeof opened === 'object') await opened.close();
  await app?.stop();
});

beforeEach((context) => {
  if (typeof opened === 'string') context.skip(opened);
});

async function openPage(): Promise<Page> {
  if (typeof opened === 'string') throw new Error(opened);
  const context = await opened.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
  return context.newPage();
}

/** A tenant that both sides know, as onboarding leaves it, and its administrator with a temporary password. */
async function onboard(mfaRequired: boolean) {
  const tenant = await world.makeTenant({ name: 'North Joinery' });
  const email = `owner@${tenant.slug}.example`;
  const { user, password } = await world.makeTemporary(tenant, email);
  await world.doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { mfaRequired } }));
  await world.doing((ctx) => setTenantColor(ctx, { tenantId: tenant.id, color: '#ffd400' }));
  await app.asProvisioner(async (client) => {
    await client.query(
      "insert into tenants (id, name, slug, plan, status) values ($1, $2, $3, 'enterprise', 'active')",
      [tenant.id, tenant.name, tenant.slug],
    );
    await client.query('insert into settings (tenant_id) values ($1)', [tenant.id]);
  });
  return { tenant, email, userId: user.id, temporary: password.reveal() };
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

describe('a first log-in', () => {
  it('IDN-03: temporary password, forced change, second factor, work, and an end from our side', async () => {
    const { tenant, email, userId, temporary } = await onboard(true);
    const page = await openPage();
    await page.goto(`${app.cutlist.httpsUrl}/projects`);
    await heading(page, 'Log in');
    expect(page.url()).toContain(world.publicUrl);
    await assertAccessible(page);

    await page.getByLabel('Workshop').fill(tenant.slug);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill('not the right one');
    await page.getByLabel('Password').press('Enter');
    expect(await page.getByRole('alert').textContent()).toContain('not right');
    await assertAccessible(page);
    await page.getByLabel('Password').fill(temporary);
    await page.getByLabel('Password').press('Enter');

    await heading(page, 'Choose a password');
    await assertAccessible(page);
    await page.getByLabel('Temporary password').fill(temporary);
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('New password, once more').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Save password' }).click();

    await heading(page, 'Set up a second step');
    await assertAccessible(page);
    await page.getByRole('img', { name: 'QR code' }).waitFor();
    const key = (await page.locator('main code').first().textContent()) ?? '';
    await page.getByLabel('Code', { exact: true }).fill(await generate({ secret: key.replaceAll(' ', '') }));
    await page.getByRole('button', { name: 'Confirm' }).click();

    await heading(page, 'Keep your recovery codes');
    expect(await page.getByRole('listitem').count()).toBe(10);
    await assertAccessible(page);
    await page.getByRole('button', { name: 'I have kept them' }).click();

    await page.waitForURL(`${app.cutlist.httpsUrl}/projects`);
    await page.getByText('North Joinery').waitFor();
    await page.goto(`${app.cutlist.httpsUrl}/projects/new`);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);

    await world.doing((ctx) => endSessionsOf(ctx, { tenantId: tenant.id, userId, reason: 'revoked' }));
    // The application's clock stands still unless a test turns it.
    app.now.at = new Date();
    expect(await world.idp.deliverLogOuts()).toBe(1);
    await page.goto(`${app.cutlist.httpsUrl}/projects`);
    await heading(page, 'Log in');
    await page.context().close();
  }, 120_000);
});

describe('by keyboard alone', () => {
  it('somebody logs in, and out of both sides again', async () => {
    const { tenant, email, temporary } = await onboard(false);
    const page = await openPage();
    await page.goto(`${app.cutlist.httpsUrl}/login?tenant=${tenant.slug}`);
    await heading(page, 'Log in');
    // The application named the workshop: it is shown, and not asked for.
    await page.getByText('North Joinery').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Tab');
    await page.keyboard.type(email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(temporary);
    await page.keyboard.press('Enter');
    await heading(page, 'Choose a password');
    await page.getByLabel('Temporary password').focus();
    for (const text of [temporary, NEW_PASSWORD, NEW_PASSWORD]) {
      await page.keyboard.type(text);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`${app.cutlist.httpsUrl}/projects`);

    await page.getByRole('button', { name: 'Log out' }).press('Enter');
    await heading(page, 'You are logged out');
    await page.getByRole('link', { name: 'Log in again' }).press('Enter');
    await heading(page, 'Log in');
    await page.context().close();
  }, 120_000);
});

describe('pages nobody wants to see', () => {
  it('a forgotten password, a spent link, an expired log-in and a bad request are accessible as well', async () => {
    const page = await openPage();
    for (const [path, title] of [
      ['/account/forgotten', 'Forgotten password'],
      ['/account/reset/nothing', 'New password'],
      ['/account/invitation/nothing', 'Welcome'],
      ['/account/verify/nothing', 'Confirm your e-mail address'],
      ['/login/nothing', 'This page cannot be shown'],
      ['/oidc/auth?client_id=cutlist', 'This page cannot be shown'],
      ['/oidc/session/end/success', 'You are logged out'],
    ] as const) {
      await page.goto(`${world.publicUrl}${path}`);
      await heading(page, title);
      await assertAccessible(page);
    }
    await page.goto(`${world.publicUrl}/account/verify/nothing`);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('This link was used before').waitFor();
    await page.context().close();
  }, 120_000);
});
