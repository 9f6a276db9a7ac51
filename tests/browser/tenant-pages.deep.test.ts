/** Every page about a tenant's life, looked at by axe in light and dark and on a phone; its pictures with `TENANTRY_PICTURES=FOLDER`. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { offboardTenant } from '../../packages/server/src/tenants/index.ts';
import { assertAccessible } from './assert-accessible.ts';
import { type ConsoleWorld, openConsoleWorld } from './console-world.ts';
import { deleteForGood, doAs, makeLives, makeLiving, withoutDatabases } from './tenant-world.ts';

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake: { type: object, required: [slug], properties: { slug: { type: string } } }
roles: { engineer: { title: Engineer } }
phases:
  - { id: only, title: The only phase, duration: 1d, owner: engineer, steps: [{ id: look, title: Look, task: Look at it }] }
`;

let console_: ConsoleWorld;
let ada: string;

beforeAll(async () => {
  console_ = await openConsoleWorld(RUNBOOK);
  ada = await console_.signIn('Ada', ['engineer']);
  await makeLives(console_);
}, 120_000);
afterAll(() => console_.close(), 60_000);

beforeEach((context) => {
  if (typeof console_.opened === 'string') context.skip(console_.opened);
});

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.TENANTRY_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(folder, `${name}-phone.png`), fullPage: true });
  if (size !== null) await page.setViewportSize(size);
}

async function look(path: string, name: string, ready: string): Promise<Page> {
  const page = await console_.open(ada, `tenants/${path}`);
  await page.getByText(ready).first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  expect(await page.getByText('This did not work').count()).toBe(0);
  await assertAccessible(page);
  await picture(page, name);
  return page;
}

it.each([
  ['overview', 'living', 'Where it stands'],
  ['suspended', 'shut', 'Invoice 4711 is late'],
  ['plan', 'living?tab=plan', 'Usage over time'],
  ['plan-suspended', 'shut?tab=plan', 'Usage over time'],
  ['offboarding-none', 'living?tab=offboarding', 'is not leaving'],
  ['offboarding-grace', 'leaving?tab=offboarding', 'Reminder, 7 days before'],
  ['offboarding-left', 'left?tab=offboarding', 'Access has ended'],
  ['export', 'living?tab=export', 'Everything of the tenant'],
  ['ledger', 'living?tab=ledger', 'Nothing in the ledger'],
  ['contacts', 'living?tab=contacts', 'Ann'],
  ['figures', 'living?tab=figures', 'Nothing was reported'],
  ['history', 'shut?tab=history', 'suspension added'],
  ['audit', 'shut?tab=audit', 'tenant.status_changed'],
] as [string, string, string][])(
  'the page of a tenant, %s, has no fault that axe finds in light, in dark or on a phone',
  async (name, path, ready) => {
    await (await look(path, name, ready)).context().close();
  },
);

it.each([
  ['dialog-suspend', 'living', 'Suspend…', 'What this does'],
  ['dialog-reinstate', 'shut', 'Reinstate…', 'The tenant stays suspended'],
  ['dialog-plan', 'living', 'Change plan…', 'Limits now and then'],
  ['dialog-edit', 'living', 'Edit…', 'Limits of the contract'],
  ['dialog-stop', 'living', 'Emergency stop…', 'shut out at once'],
  ['dialog-offboard', 'living?tab=offboarding', 'Begin offboarding…', 'The data is deleted after'],
  ['dialog-erase', 'left?tab=offboarding', 'Delete now…', 'Type left'],
] as [string, string, string, string][])(
  '%s says what it does, and has no fault that axe finds',
  async (name, path, button, ready) => {
    const page = await console_.open(ada, `tenants/${path}`);
    await page.getByRole('button', { name: button }).first().click();
    const dialog = page.getByRole('dialog');
    await (ready === 'Limits now and then' ? dialog.getByLabel(ready) : dialog.getByText(ready)).first().waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await assertAccessible(page);
    await picture(page, name);
    await page.context().close();
  },
);

it('OFF-16: of a deleted tenant the certificate is left: what is gone, what is not, and until when; it is downloaded as it is', async () => {
  await withoutDatabases(console_);
  const tenant = await makeLiving(console_, 'gone', 'Gone Joinery');
  const { id: tenantId } = tenant;
  const leaving = { cause: 'terms_violation', reason: 'Fraud', secondAuthority: 'Lea Lead' } as const;
  await doAs(console_, (ctx) => offboardTenant(ctx, { tenantId, ...leaving }));
  await deleteForGood(console_, tenantId);
  for (const [name, key] of [
    ['certificate', 'gone'],
    ['certificate-by-id', tenantId],
  ] as const) {
    const page = await look(key, name, 'Certificate of the deletion');
    await page.getByText('cannot be read any more').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('gone-erasure-certificate.json');
    const certificate = JSON.parse(await readFile((await download.path()) ?? '', 'utf8'));
    expect(certificate).toMatchObject({ tenant: { id: tenantId }, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await page.context().close();
  }
});

it('OFF-11: an export comes down as one archive, and is then on record', async () => {
  await withoutDatabases(console_);
  await makeLiving(console_, 'taker', 'Taker Joinery');
  const page = await console_.open(ada, 'tenants/taker?tab=export');
  await page.getByLabel('JSON, and CSV beside each table').check();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export', exact: true }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^taker-\d{4}-\d\d-\d\d\.zip$/);
  expect((await readFile((await download.path()) ?? '')).subarray(0, 2).toString()).toBe('PK');
  await page.getByRole('table', { name: 'Exports so far' }).getByText('CSV').waitFor();
  await page.getByLabel('Person').selectOption({ label: 'Ann Miller (ann@taker.example)' });
  await page.getByRole('button', { name: 'Look it up' }).click();
  await page.getByRole('button', { name: 'Download as JSON' }).waitFor();
  await assertAccessible(page);
  await picture(page, 'export-taken');
  await page.context().close();
});
