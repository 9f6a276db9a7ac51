import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemActor } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { Worker } from '../../engine/index.ts';
import { setTenantPolicy } from '../../identity/index.ts';
import { completeTask } from '../runs/index.ts';
import { ADA, clientFile, openWorld, type World } from '../testing/world.ts';
import { readsTenantTexts } from './tenant-texts.ts';

/** The tenant's identity provider may be connected while the run is under way, so the text is written late. */
const RUNBOOK = `
runbook: letters
version: "1.0"
title: Letters
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug, thing]
  properties: { slug: { type: string }, thing: { type: string } }
roles: { engineer: { title: Engineer } }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: only
    owner: engineer
    steps:
      - id: agreed
        task: Agree how users log in
      - id: letter
        needs: [agreed]
        document: templates/go-live.md
        format: md
        artifact: letter
`;
const TEMPLATE = 'Users of ${{ tenant.slug }} log in by ${{ tenant.login_method }}.\n';

let world: World;
let worker: Worker;
const test = await cloneDatabase();

beforeAll(async () => {
  world = await openWorld(test);
  await world.publish(RUNBOOK, { 'templates/go-live.md': TEMPLATE });
  worker = await world.work();
});
afterAll(() => worker.stop());

it.each([
  ['Email+Password', true],
  ['SSO', false],
] as const)('IDN-40: a document says %s, as the tenant is set when it is written', async (method, passwordsEnabled) => {
  const slug = passwordsEnabled ? 'with-passwords' : 'with-sso';
  const { id, meta } = await world.start(clientFile('letters', { slug, thing: 'x' }));
  const tenantId = meta.tenantId ?? '';
  await world.until(id, 'waiting');
  await test.asSuperuser(`insert into tenantry.tenants (id, name, slug, product_id) values ($1, $2, $2, 'cutlist')`, [
    tenantId,
    slug,
  ]);
  await world.database.transaction('operator', (tx) =>
    setTenantPolicy({ tx, actor: systemActor('test'), now: new Date() }, { tenantId, changes: { passwordsEnabled } }),
  );
  await world.as(ADA, (ctx) => completeTask(ctx, id, { step: 'agreed', ticks: [], note: 'agreed' }));
  await world.until(id, 'completed');
  const [artifact] = await test.asSuperuser<{ bytes: Buffer }>(
    'select bytes from tenantry.run_artifacts where run_id = $1',
    [id],
  );
  expect(artifact?.bytes.toString()).toBe(`Users of ${slug} log in by ${method}.\n`);
});

it('a runbook whose templates do not ask spares the question', () => {
  expect(readsTenantTexts({ 'a.md': TEMPLATE })).toBe(true);
  expect(readsTenantTexts({ 'a.md': 'Dear ${{ tenant.slug }}', 'b.csv': 'login_method' })).toBe(false);
});
