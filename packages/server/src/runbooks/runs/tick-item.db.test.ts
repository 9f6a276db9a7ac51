import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { ADA, BOB, clientFile, openWorld } from '../testing/world.ts';
import { completeTask, decide, readArtifact, readRun, tickItem } from './index.ts';

const RUNBOOK = `
runbook: ticked
version: "1.0"
title: Ticked
owner: tests
subject: new_tenant
intake: { type: object, required: [slug], properties: { slug: { type: string } } }
roles: { engineer: { title: Engineer }, lead: { title: Lead }, client: { title: Client, party: client } }
phases:
  - id: accept
    owner: engineer
    steps:
      - id: uat
        task: Walk through it
        checklist:
          - { id: projects, item: Projects can be created, owner: client, evidence: link }
          - { id: report, item: The report is there, evidence: file }
          - It is right
      - id: allowed
        approve: { by: [lead, client], of: [steps.uat] }
`;

const test = await cloneDatabase();
const world = await openWorld(test);
await world.publish(RUNBOOK);
const LINK = 'https://app.example/projects/1';

let number = 0;
const start = () => {
  number += 1;
  return world.start(clientFile('ticked', { slug: `ticked-${number}` }));
};
const tick = (person: typeof ADA, id: string, item: string, more: object = {}) =>
  world.as(person, (ctx) => tickItem(ctx, id, { step: 'uat', item, done: true, ...more }));

it('RUN-32: each item is ticked by whom it is for, with its evidence, which stands in the run, the evidence and the audit log', async () => {
  const { id } = await start();
  const bytes = Buffer.from('all is well');
  await tick(BOB, id, 'projects', { evidence: { link: LINK } });
  await tick(ADA, id, 'report', { role: 'engineer', file: { name: 'report.txt', mediaType: 'text/plain', bytes } });
  const { asks } = await world.as(ADA, (ctx) => readRun(ctx, id));
  const hash = createHash('sha256').update(bytes).digest('hex');
  expect(asks[0]?.checklist).toMatchObject([
    { id: 'projects', roles: ['client'], evidence: 'link', ticked: { name: 'Bob', role: 'client', link: LINK } },
    { id: 'report', roles: ['engineer'], evidence: 'file', ticked: { name: 'Ada', hash } },
    { id: 'item_3', ticked: null },
  ]);
  const kept = asks[0]?.checklist[1]?.ticked?.url?.split('/').at(-1) ?? '';
  expect(Buffer.from((await world.as(ADA, (ctx) => readArtifact(ctx, id, kept))).bytes)).toEqual(bytes);
  await world.as(ADA, (ctx) => completeTask(ctx, id, { step: 'uat', ticks: ['item_3'] }));
  const { steps } = await world.as(ADA, (ctx) => readRun(ctx, id));
  expect(steps[0]?.ticks.map(({ item, name }) => [item, name])).toEqual([
    ['projects', 'Bob'],
    ['report', 'Ada'],
    ['item_3', 'Ada'],
  ]);
  expect(JSON.stringify(steps)).not.toContain(BOB.id);
  const evidence = await test.asSuperuser<{ actual: object }>(
    'select actual from tenantry.run_evidence where run_id = $1 order by at',
    [id],
  );
  expect(evidence[0]?.actual).toMatchObject({ item: 'projects', done: true, link: LINK });
  const audit = await test.asSuperuser<{ actor_id: string; payload: string }>(
    "select actor_id, payload::text from tenantry.audit_log where run_id = $1 and action = 'run.item_ticked' order by seq",
    [id],
  );
  expect(audit.map(({ actor_id: actor }) => actor)).toEqual([BOB.id, ADA.id]);
  expect(audit[0]?.payload).toContain('projects');
});

it('RUN-32: a tick by somebody else, without its evidence, or by a stranger is refused, and nothing is written', async () => {
  const { id } = await start();
  const refused = (person: typeof ADA, item: string, more?: object) => expect(tick(person, id, item, more)).rejects;
  await refused(ADA, 'projects', { evidence: { link: LINK } }).toMatchObject({ code: 'access.forbidden' });
  await refused(BOB, 'projects').toMatchObject({ code: 'request.invalid', faults: [{ path: 'link' }] });
  await refused(ADA, 'report').toMatchObject({ code: 'request.invalid', faults: [{ path: 'file' }] });
  await refused(ADA, 'nothing').toMatchObject({ code: 'request.invalid' });
  const stranger = { ...BOB, party: 'client' as const, clientId: '20000000-0000-4000-8000-000000000001' };
  await refused(stranger, 'projects', { evidence: { link: LINK } }).toMatchObject({ code: 'run.not_found' });
  const all = { step: 'uat', ticks: ['projects', 'report', 'item_3'] };
  await expect(world.as(ADA, (ctx) => completeTask(ctx, id, all))).rejects.toMatchObject({
    faults: [{ path: 'ticks.projects' }, { path: 'items.report' }],
  });
  expect(await test.asSuperuser('select revision::int from tenantry.runs where id = $1', [id])).toEqual([
    { revision: 1 },
  ]);
});

it('VAL-31: whoever ticked an item made what is approved, and does not approve it', async () => {
  const { id } = await start();
  await tick(BOB, id, 'projects', { evidence: { link: LINK } });
  const items = { report: { hash: 'a'.repeat(64) } };
  await world.as(ADA, (ctx) => completeTask(ctx, id, { step: 'uat', ticks: ['report', 'item_3'], items }));
  const yes = { step: 'allowed', decision: 'yes', role: 'lead' } as const;
  await expect(world.as(BOB, (ctx) => decide(ctx, id, yes))).rejects.toMatchObject({ code: 'run.own_work' });
});
