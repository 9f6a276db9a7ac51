import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupSources, selfParts } from '../backup-sources.ts';
import type { Worker } from '../engine/index.ts';
import { clientFile, openWorld, type World } from '../runbooks/testing/world.ts';
import { backupActions } from './index.ts';
import { backupWorld } from './testing/world.ts';

const RUNBOOK = `
runbook: gated
version: "1.0"
title: Provisioning behind a backup
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug, thing, save]
  properties: { slug: { type: string }, thing: { type: string }, save: { type: string } }
roles: { engineer: { title: Engineer } }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: safety
    owner: engineer
    exit: { backed_up: steps.fresh.passed }
    steps:
      - id: backup
        if: intake.save == "yes"
        uses: backup.create
        with: { keep: 30d }
        undo: keep
      - id: fresh
        check: backup.fresh
        with: { hours: 4 }
        expect: output.fresh
  - id: provisioning
    owner: engineer
    steps:
      - id: make
        uses: outside.make
        with: { name: "\${{ intake.thing }}" }
`;

const backups = await backupWorld();
let world: World;
let worker: Worker;
beforeAll(async () => {
  world = await openWorld(backups.plane, ({ keyring }) => [
    backupActions({
      ...backups.deps,
      sources: backupSources(keyring),
      self: selfParts(keyring),
      now: () => new Date(),
    }),
  ]);
  await backups.connect();
  await world.publish(RUNBOOK);
  worker = await world.work();
});
afterAll(() => worker.stop());

const start = (save: 'yes' | 'no') =>
  world.start(clientFile('gated', { slug: `client-${save}`, thing: `thing-${save}`, save }));

describe('provisioning behind a backup', () => {
  it('RBK-16: the first provisioning step does not start without a fresh, proven backup', async () => {
    const run = await start('no');
    const halted = await world.until(run.id, 'halted');
    expect(halted.state.steps.fresh).toMatchObject({ status: 'failed' });
    expect(halted.state.steps.make).toMatchObject({ status: 'pending' });
    expect(await world.effects()).toEqual({});
  });

  it('RBK-25: with one it goes on, and the run has the timestamp that a rollback restores', async () => {
    const run = await start('yes');
    const done = await world.until(run.id, 'completed');
    expect(await world.effects()).toEqual({ 'thing-yes': 1 });
    const [backup] = await backups.plane.asSuperuser<{ stamp: string; run_id: string; verified_by_restore: boolean }>(
      'select stamp, run_id, verified_by_restore from tenantry.backups',
    );
    expect(backup).toMatchObject({ run_id: run.id, verified_by_restore: true });
    expect(JSON.stringify(done.state.steps.backup)).toContain(backup?.stamp);
  });
});
