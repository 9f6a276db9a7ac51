/** Every page of the console, looked at by axe in light and dark and on a phone; its pictures with `TENANTRY_PICTURES=FOLDER`. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { assertAccessible } from './assert-accessible.ts';
import { type ConsoleWorld, openConsoleWorld } from './console-world.ts';

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake: { type: object, required: [slug, thing], properties: { slug: { type: string }, thing: { type: string } } }
roles: { engineer: { title: Engineer } }
phases:
  - id: only
    title: The only phase
    duration: 1d
    owner: engineer
    steps: [{ id: look, title: Look, task: Look at it }, { id: again, title: Look again, task: Look at it again }]
`;

let console_: ConsoleWorld;
let ada: string;
let run: string;

beforeAll(async () => {
  console_ = await openConsoleWorld(RUNBOOK);
  ada = await console_.signIn('Ada', ['engineer']);
  const started = await console_.startRun();
  run = started.wireId;
  await console_.world.until(started.id, 'waiting');
}, 120_000);
afterAll(() => console_.close(), 60_000);

beforeEach((context) => {
  if (typeof console_.opened === 'string') context.skip(console_.opened);
});

it.each([
  ['home', '', 'What needs me now'],
  ['runs', 'runs', 'Runs'],
  ['run', 'runs/RUN', 'Sample'],
  ['run-graph', 'runs/RUN?view=graph', 'Sample'],
  ['step', 'runs/RUN?step=look', 'Sample'],
  ['onboard', 'onboard', 'New onboarding'],
  ['tenants', 'tenants', 'Tenants'],
  ['clients', 'clients', 'Clients'],
  ['runbooks', 'runbooks', 'Runbooks'],
  ...['graph', 'lint', 'difference', 'source', 'approval'].map((tab) => [
    `runbook-${tab}`,
    `runbooks/sample/1.0?tab=${tab}`,
    'Sample 1.0',
  ]),
  ['audit', 'audit', 'Audit and evidence'],
  ...['products', 'connectors', 'operators', 'keys'].map((tab) => [`set-up-${tab}`, `set-up?tab=${tab}`, 'Set-up']),
  ['not-found', 'nowhere', 'There is no such page'],
] as [string, string, string][])(
  '%s has no fault that axe finds in light, in dark or on a phone',
  async (name, path, title) => {
    const page = await console_.open(ada, path.replace('RUN', run));
    // Behind an open dialog the page has no headings for a screen reader.
    await page.getByRole('heading', { level: 1, name: title, includeHidden: true }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    expect(await page.getByText('This did not work').count()).toBe(0);
    await assertAccessible(page);
    const pictures = process.env.TENANTRY_PICTURES;
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    await page.context().close();
  },
);
