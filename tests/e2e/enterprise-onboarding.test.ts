import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, ROOT, startInstallation } from './installation.ts';
import { openSteps, type PhaseView, type RunView, untilRun } from './run-view.ts';

const CLIENT = join(ROOT, 'examples/clients/northwind-joinery.yaml');
const APP = ['--app', join(ROOT, 'examples/apps/cutlist'), '--client', CLIENT];

/** A fingerprint of every file below a folder but those a running server writes by itself. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).includes('postgres'));
  for (const path of files.sort()) hash.update(relative(folder, path)).update(readFileSync(path));
  return hash.digest('hex');
}

describe('the enterprise onboarding, from the command line alone', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await startInstallation({ args: APP });
    await installation.printed('It keeps running');
  }, 120_000);
  afterAll(async () => {
    expect(await installation.stop()).toBe(0);
    installation.remove();
  }, 60_000);

  it('RUN-17: --plan names what would be made and asked, and touches nothing', async () => {
    const before = fingerprint(installation.folder);
    const runsBefore = await installation.json('run', 'list');
    const auditBefore = await installation.json('audit', 'list');
    const plan = await installation.json('onboard', CLIENT, '--plan');
    expect(plan).toMatchObject({ schema: 'tenantry.plan/1', tenant: { slug: 'northwind-joinery' } });
    const text = JSON.stringify(plan);
    expect(text).toContain('northwind-joinery');
    expect(text).toContain('client_technical');
    const human = await installation.tenantry('onboard', CLIENT, '--plan');
    expect(human.stdout).toMatch(/known after apply/);
    expect(fingerprint(installation.folder)).toBe(before);
    expect(await installation.json('run', 'list')).toEqual(runsBefore);
    expect(await installation.json('audit', 'list')).toEqual(auditBefore);
  }, 60_000);

  it('LIFE-27 LIFE-32: runs from a client file to the signed acceptance using only JSON output', async () => {
    const started = await installation.json('onboard', CLIENT);
    const run = String(started.id);
    expect(started).toMatchObject({ schema: 'tenantry.run/1', status: 'waiting' });
    expect((started.asks as readonly { step: string }[]).map((ask) => ask.step)).toEqual(['uat_checklist']);
    await installation.json('run', 'complete', run, 'uat_checklist', '--tick-all', '--as', 'Nora');
    const report = await waitForAsk(installation, run, 'uat');
    const ask = (report.asks as readonly { step: string; hash: string }[])[0];
    expect(ask?.hash).toMatch(/^[0-9a-f]{64}$/);
    await installation.json('run', 'approve', run, 'uat', '--as', 'Nora', '--yes');
    await installation.json('run', 'approve', run, 'uat', '--as', 'Dana', '--yes');
    const done = await until(installation, run, ({ phases }) => phaseOf(phases, 'before_go_live')?.starts_at != null);
    expect(openSteps(done)).toEqual([]);
    expect(phaseOf(done.phases, 'documents')).toMatchObject({ status: 'passed' });

    const pack = join(installation.folder, 'evidence.zip');
    await installation.json('run', 'evidence', run, '--output', pack);
    expect(await installation.json('evidence', 'verify', pack)).toMatchObject({ ok: true });
    expect(await installation.json('audit', 'verify')).toMatchObject({ ok: true });
  }, 120_000);

  it('REG-03: the same client a second time is refused, naming the slug, and writes nothing', async () => {
    const again = await installation.tenantry('onboard', CLIENT);
    expect(again.code).toBe(65);
    expect(again.stderr).toContain('northwind-joinery');
  }, 60_000);
});

async function waitForAsk(installation: Installation, run: string, step: string): Promise<RunView> {
  return until(installation, run, ({ asks }) => asks.some((ask) => ask.step === step));
}

const phaseOf = (phases: readonly PhaseView[], id: string): PhaseView | undefined =>
  phases.find((phase) => phase.id === id);

const until = (installation: Installation, run: string, holds: (run: RunView) => boolean): Promise<RunView> =>
  untilRun(installation, run, { holds, looks: 150 });
