import { expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { BOB, clientFile, openWorld } from '../testing/world.ts';
import { commentOnRun, decide, readRun } from './index.ts';

const RUNBOOK = `
runbook: talk
version: "1.0"
title: Talk
owner: tests
about:
  raci: { accountable: [lead], consulted: [security], informed: [cto] }
subject: new_tenant
intake: { type: object, required: [slug], properties: { slug: { type: string } } }
roles: { engineer: { title: Engineer }, lead: { title: Lead }, security: { title: Security }, cto: { title: CTO } }
phases:
  - id: decide
    owner: engineer
    steps:
      - id: allowed
        approve: { by: [lead], of: [intake] }
`;

const test = await cloneDatabase();
const world = await openWorld(test);
await world.publish(RUNBOOK);
const SAM = { ...BOB, id: '10000000-0000-4000-8000-000000000003', name: 'Sam', roles: ['security'] };
const CLEO = { ...SAM, id: '10000000-0000-4000-8000-000000000004', name: 'Cleo', roles: ['cto'] };

let number = 0;
const start = () => {
  number += 1;
  return world.start(clientFile('talk', { slug: `talk-${number}` }));
};

it('RUN-15: what a consulted person says stands beside the question, in the evidence of the decision and in the audit log', async () => {
  const { id } = await start();
  const text = 'The questionnaire of last year has run out.';
  await world.as(SAM, (ctx) => commentOnRun(ctx, id, { step: 'allowed', text }));
  await world.as(SAM, (ctx) => commentOnRun(ctx, id, { phase: 'decide', text: 'Otherwise fine.' }));
  const view = await world.as(BOB, (ctx) => readRun(ctx, id));
  expect(view.asks[0]?.comments.map((each) => [each.name, each.role, each.text])).toEqual([
    ['Sam', 'security', text],
    ['Sam', 'security', 'Otherwise fine.'],
  ]);
  expect(JSON.stringify(view)).not.toContain(SAM.id);
  await world.as(BOB, (ctx) => decide(ctx, id, { step: 'allowed', decision: 'yes', role: 'lead' }));
  const [evidence] = await test.asSuperuser<{ actual: { comments: readonly { text: string }[] } }>(
    'select actual from tenantry.run_evidence where run_id = $1',
    [id],
  );
  expect(evidence?.actual.comments.map((each) => each.text)).toEqual([text, 'Otherwise fine.']);
  const audit = await test.asSuperuser<{ action: string; actor_id: string; payload: string }>(
    "select action, actor_id, payload from tenantry.audit_log where run_id = $1 and action like '%comment%' order by seq",
    [id],
  );
  expect(audit.map((row) => [row.action, row.actor_id])).toEqual([
    ['run.commented', SAM.id],
    ['run.phase_commented', SAM.id],
  ]);
  expect(JSON.stringify(audit)).not.toContain('questionnaire');
});

it('RUN-15: is refused to who is only informed, on a step that is not there, and to people of another client', async () => {
  const { id } = await start();
  const on = (person: typeof BOB, about: object) =>
    world.as(person, (ctx) => commentOnRun(ctx, id, { text: 'hello', ...about }));
  await expect(on(CLEO, { step: 'allowed' })).rejects.toMatchObject({ code: 'access.forbidden' });
  await expect(on(SAM, { step: 'nowhere' })).rejects.toMatchObject({ code: 'run.step_not_found' });
  await expect(on(SAM, { phase: 'nowhere' })).rejects.toMatchObject({ code: 'run.step_not_found' });
  await expect(on(SAM, {})).rejects.toMatchObject({ code: 'request.invalid' });
  const stranger = { ...SAM, party: 'client' as const, clientId: '20000000-0000-4000-8000-000000000001' };
  await expect(on(stranger, { step: 'allowed' })).rejects.toMatchObject({ code: 'run.not_found' });
  const [row] = await test.asSuperuser('select revision::int from tenantry.runs where id = $1', [id]);
  expect(row).toEqual({ revision: 1 });
});
