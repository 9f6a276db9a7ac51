import { beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { ADA, BOB, clientFile, openWorld, type World } from '../testing/world.ts';
import { approveRunbook, listRunbooks } from './index.ts';

const runbook = (title: string) => `
runbook: approved
version: "1.0"
title: ${title}
owner: tests
about: { approvers: [lead, engineer] }
subject: new_tenant
intake:
  type: object
  required: [slug]
  properties: { slug: { type: string } }
roles:
  engineer: { title: Engineer }
  lead: { title: Lead }
phases:
  - id: make
    owner: engineer
    steps:
      - id: first
        uses: outside.make
        with: { name: a thing }
`;

const testDatabase = await cloneDatabase();
const VERSION = { id: 'approved', version: '1.0' };
const EVE = { ...BOB, id: '10000000-0000-4000-8000-000000000003', name: 'Eve', roles: ['engineer'] };
const STAND_IN = { ...EVE, id: '10000000-0000-4000-8000-000000000004', name: 'Sam', development: true };
const code = (value: string) => expect.objectContaining({ code: value });

let world: World;

beforeAll(async () => {
  world = await openWorld(testDatabase);
  await world.publish(runbook('Approved by two'));
}, 60_000);

const approve = (
  actor: typeof ADA,
  role: string,
  version: { readonly id: string; readonly version: string } = VERSION,
) => world.as(actor, (ctx) => approveRunbook(ctx, { ...version, role }));

const start = (slug: string) => world.start(clientFile('approved', { slug }));

const runs = async (): Promise<number> => {
  const [row] = await testDatabase.asSuperuser<{ count: string }>('select count(*) from tenantry.runs');
  return Number(row?.count);
};

describe('a version that asks for approvals', () => {
  it('ROLE-12, RUN-35: starts nothing before each role has approved, and the refusal names who is missing', async () => {
    await expect(start('too-early')).rejects.toMatchObject({
      code: 'runbook.not_approved',
      facts: { missing: ['lead', 'engineer'] },
    });
    await approve(BOB, 'lead');
    await expect(start('still-early')).rejects.toMatchObject({ facts: { missing: ['engineer'] } });
    expect(await runs()).toBe(0);
  });

  it('is approved by nobody without the role, and by nobody who published it', async () => {
    await expect(approve(EVE, 'lead')).rejects.toEqual(code('access.forbidden'));
    await expect(approve(ADA, 'engineer')).rejects.toEqual(code('run.own_work'));
    await expect(approve(EVE, 'engineer', { ...VERSION, version: '9.9' })).rejects.toEqual(code('runbook.not_found'));
  });

  it('a stand-in leaves a development approval, which opens nothing outside development', async () => {
    await approve(STAND_IN, 'engineer');
    await expect(start('stand-in')).rejects.toMatchObject({ facts: { missing: ['engineer'] } });
    const missingIn = async (mode: 'development' | 'production') =>
      (await world.as(ADA, (ctx) => listRunbooks(ctx.tx, mode))).map(({ missing }) => missing);
    expect(await missingIn('production')).toEqual([['engineer']]);
    expect(await missingIn('development')).toEqual([[]]);
  });

  it('starts once all have approved; their names, roles and times stay with it', async () => {
    await approve(EVE, 'engineer');
    await approve(EVE, 'engineer');
    expect((await start('at-last')).state.status).toBe('running');
    const [summary] = await world.as(ADA, (ctx) => listRunbooks(ctx.tx, 'production'));
    expect(summary?.approvals.map(({ name, role, development }) => [name, role, development])).toEqual([
      ['Bob', 'lead', false],
      ['Sam', 'engineer', true],
      ['Eve', 'engineer', false],
    ]);
    expect(summary?.approvals.every(({ at }) => !Number.isNaN(Date.parse(at)))).toBe(true);
  });

  it('never changes under its approvals: other content under the same version is refused', async () => {
    await expect(world.publish(runbook('Something else'))).rejects.toEqual(code('runbook.version_exists'));
  });
});
