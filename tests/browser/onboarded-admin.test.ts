/** What onboarding is for: the new administrator gets from the one-time link into the application, as `npm start` has it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Installation, ROOT, startInstallation } from '../e2e/installation.ts';
import { type OpenedChromium, openChromium } from './open-chromium.ts';

const TENANT = 'northwind-joinery';
const ADMIN = 'nora@northwind-joinery.example';

let opened: OpenedChromium | string;
let installation: Installation;

beforeAll(async () => {
  opened = await openChromium();
  const client = join(ROOT, 'examples/clients/northwind-joinery.yaml');
  installation = await startInstallation({ args: ['--app', join(ROOT, 'examples/apps/cutlist'), '--onboard', client] });
  await installation.printed('It keeps running');
}, 120_000);

afterAll(async () => {
  if (typeof opened === 'object') await opened.close();
  await installation.stop();
  installation.remove();
}, 60_000);

beforeEach((context) => {
  if (typeof opened === 'string') context.skip(opened);
});

const printed = (pattern: RegExp): string => pattern.exec(installation.output())?.[1] ?? '';

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

async function operate(path: string, init: RequestInit = {}): Promise<unknown> {
  const file = await readFile(join(installation.folder, '.tenantry/cli.json'), 'utf8');
  const { identities } = JSON.parse(file) as { readonly identities: readonly { readonly key: string }[] };
  const authorization = `Bearer ${identities[0]?.key ?? ''}`;
  const headers = { authorization, 'idempotency-key': crypto.randomUUID(), ...init.headers };
  const response = await fetch(`${installation.url}${path}`, { ...init, headers });
  expect(response.ok, `${path} answered ${response.status}`).toBe(true);
  return response.status === 204 ? undefined : response.json();
}

it('VAL-07, PADM-03: one-time link, temporary password, a password of their own, work, and an end from our side', async () => {
  if (typeof opened === 'string') throw new Error(opened);
  const page = await (await opened.browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  await page.goto(printed(/(http:\S+\/reveal#\S+)/));
  await page.getByRole('button').first().click();
  await page.locator('dd code').first().waitFor();
  const temporary = (await page.locator('dd code').first().textContent()) ?? '';

  const application = printed(/^Application +(\S+)/m);
  await page.goto(`${application}/projects`);
  await heading(page, 'Log in');
  expect(page.url()).toContain(installation.url);
  await page.getByLabel('Workshop').fill(TENANT);
  await page.getByLabel('E-mail address').fill(ADMIN);
  await page.getByLabel('Password').fill(temporary);
  await page.getByLabel('Password').press('Enter');
  await heading(page, 'Choose a password');
  await page.getByLabel('Temporary password').fill(temporary);
  await page.getByLabel('New password', { exact: true }).fill('seven quiet planks of oak');
  await page.getByLabel('New password, once more').fill('seven quiet planks of oak');
  await page.getByRole('button', { name: 'Save password' }).click();
  await heading(page, 'Projects');
  expect(page.url()).toContain(application);

  const { items } = (await operate(`/api/v1/tenants/${TENANT}/users`)) as {
    readonly items: readonly { readonly id: string; readonly email: string }[];
  };
  const admin = items.find(({ email }) => email === ADMIN);
  await operate(`/api/v1/tenants/${TENANT}/users/${admin?.id}/sessions/end`, { method: 'POST' });
  await expect
    .poll(
      async () => {
        await page.goto(`${application}/projects`);
        return page.url().startsWith(application);
      },
      { timeout: 10_000, interval: 500 },
    )
    .toBe(false);
  await heading(page, 'Log in');
}, 90_000);
