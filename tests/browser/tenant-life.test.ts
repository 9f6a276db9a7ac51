/** The life of a tenant from its page in the console, in a real browser over a real control plane. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listHistory, loadTenant } from '../../packages/server/src/tenants/index.ts';
import { assertAccessible } from './assert-accessible.ts';
import { type ConsoleWorld, openConsoleWorld } from './console-world.ts';
import { doAs, makeLiving } from './tenant-world.ts';

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
}, 120_000);
afterAll(() => console_.close(), 60_000);

beforeEach((context) => {
  if (typeof console_.opened === 'string') context.skip(console_.opened);
});

const heading = (page: Page, name: string) => page.getByRole('heading', { name }).first().waitFor();
const dialogOf = (page: Page, name: string) => page.getByRole('dialog', { name });
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

it('LIFE-08, LIFE-20, PLAN-11, OFF-05: suspended, reinstated, put on another plan, announced to leave and called off, each seen before it is done', async () => {
  const tenant = await makeLiving(console_, 'acme', 'Acme Joinery');
  const operations = async () =>
    (await doAs(console_, ({ tx }) => listHistory(tx, tenant.id))).map(({ operation }) => operation);
  const page = await console_.open(ada, 'tenants/acme');
  await heading(page, 'Where it stands');

  await page.getByRole('button', { name: 'Suspend…' }).click();
  const suspend = dialogOf(page, 'Suspend Acme Joinery');
  await suspend.getByLabel('Cause').selectOption({ label: 'Security incident' });
  await suspend.getByText('Nobody logs in.').waitFor();
  expect(await suspend.getByLabel('Access').isDisabled()).toBe(true);
  await suspend.getByLabel('Cause').selectOption({ label: 'A payment failed' });
  await suspend.getByText('Users go on logging in and read.').waitFor();
  expect(await suspend.getByRole('button', { name: 'Suspend' }).isDisabled()).toBe(true);
  await suspend.getByLabel('Reason').fill('Invoice 4711 is late');
  await suspend.getByRole('button', { name: 'Suspend' }).click();
  await page.getByText('Suspended: users may only read').waitFor();
  await page.getByText('Invoice 4711 is late').first().waitFor();

  await page.getByRole('button', { name: 'Reinstate…' }).click();
  const reinstate = dialogOf(page, 'Reinstate Acme Joinery');
  await reinstate.getByText('It is the last cause').waitFor();
  await reinstate.getByLabel('Resolution').fill('Paid on Friday');
  await reinstate.getByRole('button', { name: 'Reinstate' }).click();
  await page.getByText('Suspended: users may only read').waitFor({ state: 'detached' });

  await page.getByText('Plan and usage', { exact: true }).click();
  await page.getByRole('img', { name: /^Projects from/ }).waitFor();
  await page.getByRole('button', { name: 'Change plan…' }).click();
  const plan = dialogOf(page, 'Change the plan of Acme Joinery');
  await plan.getByLabel('New plan').selectOption('starter');
  await plan.getByText('More is used than the new plan allows').first().waitFor();
  await plan.getByLabel('Reason').fill('They asked for less');
  expect(await plan.getByRole('button', { name: 'Change plan' }).isDisabled()).toBe(true);
  await plan.getByLabel(/^On a day/).check();
  await plan.getByLabel(/^Day/).fill(inDays(40));
  await plan.getByRole('button', { name: 'Change plan' }).click();
  await page.getByText('A change of plan waits for its day').waitFor();
  await page.getByRole('button', { name: 'Take it off…' }).click();
  const off = dialogOf(page, 'Take the change of plan off');
  await off.getByLabel('Reason').fill('They stay on it');
  await off.getByRole('button', { name: 'Take it off' }).click();
  await page.getByText('A change of plan waits for its day').waitFor({ state: 'detached' });

  await page.getByText('Offboarding', { exact: true }).click();
  await page.getByRole('button', { name: 'Begin offboarding…' }).click();
  const leave = dialogOf(page, 'Offboard Acme Joinery');
  await leave.getByText('in 30 days').waitFor();
  await leave.getByLabel('Reason').fill('They move to another product');
  await leave.getByRole('button', { name: 'Begin offboarding' }).click();
  await page.getByText('Grace, 30 days').waitFor();
  await page.getByRole('button', { name: 'Legal hold…' }).click();
  const hold = dialogOf(page, 'Keep the data: legal hold');
  await hold.getByLabel('Reason').fill('A court asked for it');
  await hold.getByRole('button', { name: 'Legal hold' }).click();
  await page.getByText('Legal hold: the data is kept until it is lifted').waitFor();
  await page.getByRole('button', { name: 'Call it off…' }).click();
  const stay = dialogOf(page, 'Acme Joinery stays');
  await stay.getByLabel('Reason').fill('They stay');
  await stay.getByRole('button', { name: 'Call it off' }).click();
  await page.getByText('is not leaving').waitFor();
  expect(await operations()).toEqual([
    'offboarding_cancelled',
    'legal_hold_set',
    'offboarding_announced',
    'plan_change_cancelled',
    'plan_change_scheduled',
    'reinstate',
    'suspend',
    'created',
  ]);
  expect(await doAs(console_, ({ tx }) => loadTenant(tx, tenant.id))).toMatchObject({
    status: 'active',
    plan: 'professional',
    pendingOffboardingAt: null,
  });
  await page.context().close();
}, 120_000);

it('REG-11: of two operators who edit one tenant the second sees both versions, and overwrites nothing', async () => {
  const tenant = await makeLiving(console_, 'beta', 'Beta Joinery');
  const ben = await console_.signIn('Ben', ['engineer']);
  const [one, other] = [await console_.open(ada, 'tenants/beta'), await console_.open(ben, 'tenants/beta')];
  const open = async (page: Page) => {
    await page.getByRole('button', { name: 'Edit…' }).click();
    const dialog = dialogOf(page, 'Edit Beta Joinery');
    await dialog.getByLabel('projects').waitFor();
    return dialog;
  };
  const [first, second] = [await open(one), await open(other)];
  await first.getByLabel('Name').fill('Beta & Sons');
  await first.getByLabel('Reason').fill('They are a family now');
  await second.getByLabel('projects').fill('50');
  await second.getByLabel('Who agreed that what is there stays').fill('Lea Lead');
  await second.getByLabel('Reason').fill('Amendment 2');
  await first.getByRole('button', { name: 'Edit', exact: true }).click();
  await heading(one, 'Beta & Sons');
  await second.getByRole('button', { name: 'Edit', exact: true }).click();
  await other.getByText('Somebody changed this tenant meanwhile').waitFor();
  const both = other.getByRole('table', { name: 'Both versions' });
  expect((await both.textContent()) ?? '').toMatch(/Beta Joinery\s*Beta & Sons\s*untouched/);
  await assertAccessible(other);
  await other.getByRole('button', { name: 'Make my changes on theirs' }).click();
  await other.getByRole('button', { name: 'Edit', exact: true }).click();
  await other.getByRole('dialog').waitFor({ state: 'detached' });
  await heading(other, 'Beta & Sons');
  const now = await doAs(console_, ({ tx }) => loadTenant(tx, tenant.id));
  expect([now.name, now.settings.limits]).toEqual(['Beta & Sons', { projects: 50 }]);
  await Promise.all([one, other].map((page) => page.context().close()));
}, 90_000);
