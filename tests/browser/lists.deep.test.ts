/** Lists of a large installation: 100,000 tenants, clients and runs, answered from indexes and shown at once. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConsoleWorld, openConsoleWorld } from './console-world.ts';

const COUNT = 100_000;
/** From the press to the rows on screen, on a machine that does other things as well. */
const SHOWN_WITHIN_MS = 3_000;

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake: { type: object, required: [slug, thing], properties: { slug: { type: string }, thing: { type: string } } }
roles: { engineer: { title: Engineer } }
phases:
  - { id: only, title: The only phase, owner: engineer, steps: [{ id: look, title: Look, task: Look at it }] }
`;

let console_: ConsoleWorld;
let ada: string;

beforeAll(async () => {
  console_ = await openConsoleWorld(RUNBOOK);
  ada = await console_.signIn('Ada', ['engineer']);
  const { id } = await console_.startRun();
  await console_.world.until(id, 'waiting');
  await fill(id);
}, 300_000);
afterAll(() => console_.close(), 60_000);

beforeEach((context) => {
  if (typeof console_.opened === 'string') context.skip(console_.opened);
});

/** Copies of one real run, each with a tenant and a client of its own. */
async function fill(runId: string): Promise<void> {
  const { asSuperuser } = console_;
  await asSuperuser(
    `insert into tenantry.clients (id, reference, legal_name)
     select md5('c' || i)::uuid, 'ref-' || lpad(i::text, 6, '0'), 'Company ' || md5(i::text) from generate_series(1, $1) i`,
    [COUNT],
  );
  await asSuperuser(
    `insert into tenantry.tenants (id, product_id, client_id, name, slug)
     select md5('t' || i)::uuid, 'cutlist', md5('c' || i)::uuid, 'Company ' || md5(i::text), 'bulk-' || lpad(i::text, 6, '0')
     from generate_series(1, $1) i`,
    [COUNT],
  );
  const columns = await asSuperuser<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'tenantry' and table_name = 'runs' and is_generated = 'NEVER' and is_identity = 'NO'`,
  );
  const own: Readonly<Record<string, string>> = {
    id: `md5('r' || i)::uuid`,
    tenant_id: `md5('t' || i)::uuid`,
    client_id: `md5('c' || i)::uuid`,
    tenant_slug: `'bulk-' || lpad(i::text, 6, '0')`,
    status: `case when i % 1000 = 0 then 'halted' else 'completed' end`,
    created_at: `now() - make_interval(secs => i)`,
  };
  const names = columns.map(({ name }) => name).filter((name) => !['start_key', 'key'].includes(name));
  await asSuperuser(
    `insert into tenantry.runs (${names.join(', ')})
     select ${names.map((name) => own[name] ?? `r.${name}`).join(', ')}
     from tenantry.runs r, generate_series(1, ${COUNT}) i where r.id = '${runId}'`,
  );
  for (const table of ['clients', 'tenants', 'runs']) await asSuperuser(`vacuum analyze tenantry.${table}`);
}

const rows = (page: Page) => page.locator('tbody tr');

async function timed(act: () => Promise<unknown>): Promise<number> {
  const at = performance.now();
  await act();
  return performance.now() - at;
}

describe('at 100,000', () => {
  it.each([
    ['tenants', 'tenants', 'bulk-000001', 'bulk-077777'],
    ['clients', 'clients', 'ref-000001', 'ref-077777'],
  ])('%s are listed, turned over and searched while one waits for none of it', async (_name, path, first, wanted) => {
    const page = await console_.open(ada);
    const shown = await timed(async () => {
      await page.goto(`${console_.url}/console/${path}`);
      await page.getByText(first, { exact: true }).waitFor();
    });
    expect(await rows(page).count()).toBeLessThanOrEqual(100);
    const turned = await timed(async () => {
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText(first, { exact: true }).waitFor({ state: 'detached' });
    });
    const found = await timed(async () => {
      await page.getByLabel('Search').fill(wanted.replace('-', ' '));
      await page.getByText(wanted, { exact: true }).waitFor();
    });
    expect(await rows(page).count()).toBe(1);
    expect(Math.max(shown, turned, found), JSON.stringify({ shown, turned, found })).toBeLessThan(SHOWN_WITHIN_MS);
    await page.context().close();
  });

  it('runs are listed and filtered, and no list of runs reads the whole table', async () => {
    const page = await console_.open(ada, 'runs');
    await rows(page).first().waitFor();
    const filtered = await timed(async () => {
      await page.getByLabel('Status').selectOption('halted');
      await page.getByText('bulk-001000', { exact: true }).waitFor();
    });
    expect(filtered).toBeLessThan(SHOWN_WITHIN_MS);
    await page.context().close();
    for (const condition of CONDITIONS) {
      const plan = await console_.asSuperuser<{ 'QUERY PLAN': string }>(
        `explain select id from tenantry.runs where ${condition} order by created_at desc, id desc limit 51`,
      );
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect([condition, text]).toEqual([condition, expect.stringMatching(/Index (?:Only )?Scan/)]);
      expect(text).not.toContain('Seq Scan');
    }
  });
});

/** As `listRuns` asks: everything, by status, by tenant, by client, and the page after another. */
const CONDITIONS = [
  'true',
  `status = 'halted'`,
  `tenant_id = md5('t5')::uuid`,
  `client_id = md5('c5')::uuid`,
  `(created_at, id) < (now() - interval '5 hours', md5('r5')::uuid)`,
];
