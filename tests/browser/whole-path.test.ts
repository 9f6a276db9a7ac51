/**
 * One client's whole path, as the people of both sides see it at the same time: a new onboarding, the acceptance test,
 * the signatures, go-live. `npm run pictures` has it make the pictures of the README.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Installation, ROOT, runTenantry, startInstallation } from '../e2e/installation.ts';
import { assertAccessible } from './assert-accessible.ts';
import { type OpenedChromium, openChromium } from './open-chromium.ts';
import { look, readmePicture } from './readme-picture.ts';

const SAMPLE = join(ROOT, 'examples/clients/northwind-joinery.yaml');
const TENANT = 'northwind-joinery';
const NORA = 'nora@northwind-joinery.example';
const DESK = { viewport: { width: 1280, height: 800 }, locale: 'en-GB', timezoneId: 'Europe/Lisbon' };
const PHONE = { ...DESK, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const DAY_MS = 86_400_000;

/** A Wednesday in ten weeks or a little more: as far off as the runbook plans for, so that the pictures look like it. */
function goLiveDay(): Date {
  const soonest = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + 70 * DAY_MS);
  return new Date(soonest.getTime() + ((10 - soonest.getUTCDay()) % 7) * DAY_MS);
}

const GO_LIVE = goLiveDay();
const at = (day: Date, time: string): string => `${day.toISOString().slice(0, 10)}T${time}Z`;

let opened: OpenedChromium | string;
let folder: string;
let clientFile: string;
let installation: Installation;
/** Of the vendor's application, which reports how the tenant does. */
let figuresKey: string;
let dana: Page;
let lee: Page;
let nora: Page;

beforeAll(async () => {
  opened = await openChromium();
  if (typeof opened === 'string') return;
  folder = await mkdtemp(join(tmpdir(), 'tenantry-path-'));
  clientFile = await writeClient();
  const app = join(ROOT, 'examples/apps/cutlist');
  installation = await startInstallation({ args: ['--app', app, '--client', clientFile] });
  await installation.printed('It keeps running', 150_000);
  figuresKey = String(
    (await installation.json('key', 'create', 'figures', '--scope', 'metrics:write', '--as', 'Lee')).key,
  );
  const { browser } = opened;
  const page = async (options: object): Promise<Page> => {
    const made = await (await browser.newContext(options)).newPage();
    made.on('pageerror', (error) => {
      throw error;
    });
    return made;
  };
  [dana, lee, nora] = await Promise.all([page(DESK), page(DESK), page(PHONE)]);
}, 240_000);

afterAll(async () => {
  if (typeof opened === 'string') return;
  await opened.close();
  expect(await installation.stop()).toBe(0);
  installation.remove();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

beforeEach((context) => {
  if (typeof opened === 'string') context.skip(opened);
});

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
const SLOW = { timeout: 80_000 };

/** A run that halted instead is told by its own page. */
async function shown(page: Page, what: Locator): Promise<void> {
  await what.waitFor({ timeout: 80_000 }).catch(async (error: unknown) => {
    throw new Error(`Not seen: ${String(error)}\n${await page.locator('main').textContent()}`);
  });
}

/** The sample client, to go live on that day; the hash of the record that says so is made anew. */
async function writeClient(): Promise<string> {
  const file = join(folder, 'northwind-joinery.yaml');
  const sample = await readFile(SAMPLE, 'utf8');
  await writeFile(file, sample.replace(/(expected_go_live: )\S+/, `$1${GO_LIVE.toISOString().slice(0, 10)}`));
  expect(await runTenantry(folder, ['intake', 'seal', file])).toMatchObject({ code: 0 });
  return file;
}

async function signIn(page: Page, name: string, path = ''): Promise<void> {
  await page.goto(`${installation.url}/dev/sign-in?to=${encodeURIComponent(`/console/${path}`)}`);
  await page.getByRole('button', { name: `Sign in as ${name}` }).click();
}

/** The newest way in that was mailed to Nora. */
async function linkInMail(subject: RegExp): Promise<string> {
  const list = await nora.context().newPage();
  try {
    const newest = list.getByRole('row').filter({ hasText: NORA }).getByRole('link', { name: subject }).first();
    await expect
      .poll(async () => {
        await list.goto(`${installation.url}/dev/mailbox`);
        return newest.count();
      }, SLOW)
      .toBe(1);
    await newest.click();
    const link = list.locator('pre a[href*="/portal/open#"]').first();
    return (await link.getAttribute('href')) ?? '';
  } finally {
    await list.close();
  }
}

/** Without a process for each: the command line is looked at elsewhere. */
async function clock(to?: string): Promise<Date> {
  const set = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ to }) };
  const answer = await fetch(`${installation.url}/dev/clock`, to === undefined ? {} : set);
  expect(answer.status).toBe(200);
  return new Date(((await answer.json()) as { readonly now: string }).now);
}

async function reportFigures(): Promise<void> {
  const now = await clock();
  const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString();
  const figures = { source: 'app', from: ago(60_000), to: ago(1_000), requests: 100, errors: 0, active_users: 12 };
  const latency = [100, ...Array.from({ length: 18 }, () => 0)];
  const answer = await fetch(`${installation.url}/api/v1/tenants/${TENANT}/metrics`, {
    method: 'POST',
    headers: { authorization: `Bearer ${figuresKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...figures, latency, features: {} }),
  });
  expect(answer.status).toBeLessThan(300);
}

describe('one client’s whole path, with both sides looking', { timeout: 240_000 }, () => {
  it('INT-43, RUN-32: a dropped file is checked, planned, and started', async () => {
    await signIn(dana, 'Dana Fischer', 'onboard');
    await signIn(lee, 'Lee Okafor');
    await lee.getByText('Nothing needs you now').waitFor();
    // Lee tries what the run will work with, meanwhile.
    await lee.goto(`${installation.url}/console/set-up?tab=connectors`);
    await lee.getByRole('button', { name: 'Test the smtp connection default of production' }).click();
    await lee.getByText('it is the development mailbox').waitFor(SLOW);
    expect(await lee.getByText('simulated', { exact: true }).count()).toBeGreaterThan(0);
    await lee.getByRole('button', { name: 'Test the postgres connection app of production' }).click();
    await lee.getByText(/^PostgreSQL \d+.*database/).waitFor(SLOW);
    await look(lee, 'connectors');
    const file = { name: 'northwind-joinery.yaml', mimeType: 'text/yaml', buffer: await readFile(clientFile) };
    await dana.getByLabel('Drop a client file here').setInputFiles(file);
    await dana.getByText('Everything the runbook asks for is there.').waitFor(SLOW);
    await dana.getByRole('button', { name: 'Show the plan' }).click();
    await dana.getByText('Nothing has been touched yet.').waitFor(SLOW);
    await dana.getByRole('heading', { name: 'Technical Setup' }).scrollIntoViewIfNeeded();
    await readmePicture(dana, 'plan');
    await dana.getByRole('button', { name: 'Start the run' }).click();
    await dana.waitForURL('**/console/runs/run_*');
    await heading(dana, 'Enterprise onboarding');
  });

  it('INT-35, VAL-24 to VAL-31: the run comes to the client by itself, who tries, ticks and signs; each side sees the other act', async () => {
    await shown(dana, dana.getByRole('button', { name: 'Look: User acceptance test' }));
    await readmePicture(dana, 'run');
    await nora.goto(await linkInMail(/User acceptance test/));
    await nora.getByRole('button', { name: 'Open my page' }).click();
    await heading(nora, 'Hello, Nora Lindqvist');
    await nora.getByText('It is your turn').waitFor();
    await readmePicture(nora, 'portal');
    await nora.getByRole('link', { name: 'User acceptance test' }).click();
    await heading(nora, 'User acceptance test');
    for (const item of await nora.getByRole('checkbox').all()) await item.check();
    await nora.getByRole('button', { name: 'Send' }).first().click();
    await heading(nora, 'Thank you. It is sent.');

    // Nobody reloads anything: the vendor is asked for the signature as soon as the report is written.
    await dana.getByRole('button', { name: 'Open: Acceptance is signed by both sides' }).waitFor(SLOW);
    await nora.getByRole('link', { name: 'Back to the overview' }).click();
    await nora.getByRole('link', { name: 'Acceptance is signed by both sides' }).click(SLOW);
    await nora.getByText('The product works as agreed').first().waitFor();
    await nora.getByLabel('Your full name').fill('Nora Lindqvist');
    await readmePicture(nora, 'sign');
    await nora.getByRole('button', { name: 'Sign', exact: true }).click();
    await heading(nora, 'Your receipt');

    await dana.getByRole('button', { name: 'Open: Acceptance is signed by both sides' }).click();
    const panel = dana.getByRole('dialog', { name: 'Acceptance is signed by both sides' });
    await panel.getByText('Nora Lindqvist').first().waitFor(SLOW);
    await readmePicture(dana, 'step');
    await panel.getByRole('button', { name: 'Sign off' }).click();
    await dana.locator('#phase-acceptance summary').getByText('passed').waitFor(SLOW);
    await dana.keyboard.press('Escape');

    await nora.getByRole('link', { name: 'Back to the overview' }).click();
    await nora.getByText('Nothing waits for you.').waitFor(SLOW);
    await assertAccessible(nora);
  });

  it('a question of the client stands on the run, and its answer on their page, while both look', async () => {
    await nora.getByRole('link', { name: 'Questions' }).click();
    await nora.getByText('Ask us something').click();
    await nora.getByLabel('Your question').fill('Who can we call on the day?');
    await nora.getByRole('button', { name: 'Ask', exact: true }).click();
    await nora.getByText('waits for our answer').waitFor();
    await look(dana, 'question');
    const asked = dana.locator('.thread', { hasText: 'Who can we call on the day?' });
    await asked.getByLabel('Answer').fill('Dana, all day.');
    await assertAccessible(dana);
    await asked.getByRole('button', { name: 'Send' }).click();
    await nora.getByText('Dana, all day.').waitFor(SLOW);
    await nora.getByText('answered').waitFor();
    await dana.getByText('One that is answered').waitFor(SLOW);
  });

  it('LIVE-01 to LIVE-08: two of the vendor say go, the run goes live on its day, and the client reads it on their page', async () => {
    await shown(dana, dana.locator('#phase-documents summary').getByText('passed'));
    await clock(at(new Date(GO_LIVE.getTime() - DAY_MS), '09:01:00'));
    await reportFigures();
    await signIn(dana, 'Dana Fischer');
    await signIn(lee, 'Lee Okafor');
    await dana.getByRole('link', { name: 'Do it: Everything is ready for tomorrow' }).click(SLOW);
    const ready = dana.getByRole('dialog', { name: 'Everything is ready for tomorrow' });
    await ready.getByRole('button', { name: 'Done' }).waitFor();
    for (const item of await ready.getByRole('checkbox').all()) if (await item.isEnabled()) await item.check();
    await ready.getByRole('button', { name: 'Done' }).click();

    for (const [page, role] of [
      [dana, 'engineering lead'],
      [lee, 'customer success lead'],
    ] as const) {
      await page.goto(`${installation.url}/console/`);
      await page.getByRole('link', { name: 'Decide: Go or no go' }).click(SLOW);
      const decision = page.getByRole('dialog', { name: 'Go or no go' });
      const acting = decision.getByLabel('Acting as');
      if ((await acting.count()) > 0) await acting.selectOption({ label: role });
      await decision.getByRole('button', { name: 'Approve' }).click();
      await page.keyboard.press('Escape');
    }
    await shown(lee, lee.locator('#phase-before_go_live summary').getByText('passed'));

    await clock(at(GO_LIVE, '09:00:30'));
    await reportFigures();
    await signIn(lee, 'Lee Okafor', 'runs');
    await lee.getByRole('link', { name: 'Enterprise onboarding' }).click();
    await shown(lee, lee.locator('#phase-go_live').getByText('Open production access'));
    await lee
      .locator('#phase-go_live .step', { hasText: 'Tell the customer that they are live' })
      .getByText('passed')
      .waitFor(SLOW);

    await nora.reload();
    await heading(nora, 'You are not signed in here');
    // Months have passed: somebody of the vendor sends a new link.
    await lee.getByText('Client’s portal').click();
    await lee.getByRole('button', { name: 'Send a link' }).click();
    await lee.getByText(`A link is on its way to ${NORA}.`).waitFor(SLOW);
    await look(lee, 'links');
    await assertAccessible(lee);
    await nora.goto(await linkInMail(/your page for/));
    await nora.getByRole('button', { name: 'Open my page' }).click();
    await nora.locator('.phases .now', { hasText: 'Go-live' }).waitFor(SLOW);
    expect(await installation.json('tenant', 'show', TENANT)).toMatchObject({ status: 'active' });
  });
});
