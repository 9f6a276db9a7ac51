import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, ROOT, startInstallation } from './installation.ts';

const CLIENT = join(ROOT, 'examples/clients/northwind-joinery.yaml');

describe('a development installation', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await startInstallation({
      args: ['--app', join(ROOT, 'examples/apps/cutlist'), '--onboard', CLIENT],
    });
    await installation.printed('The run waits for people');
  }, 120_000);
  afterAll(async () => {
    await installation.stop();
    installation.remove();
  }, 60_000);

  it('RUN-40: a second worker process on the same database carries runs on and stops when asked', async () => {
    const bin = join(ROOT, 'packages/cli/bin/tenantry.js');
    const data = join(installation.folder, '.tenantry');
    const worker = spawn(process.execPath, [bin, 'worker', '--development', '--data-dir', data], {
      cwd: installation.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    worker.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => worker.once('exit', (code) => resolve(code)));
    while (!said.includes('taking jobs')) {
      if (worker.exitCode !== null) throw new Error(`the worker ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await installation.json('run', 'complete', 'latest', 'uat_checklist', '--tick-all', '--as', 'Nora');
    await installation.json('run', 'approve', 'latest', 'uat', '--as', 'Nora', '--yes');
    worker.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(await installation.json('run', 'show', 'latest')).toMatchObject({ status: 'waiting' });
  }, 90_000);

  it('a second start takes up the same data and the same run, and makes nothing twice', async () => {
    const before = await installation.json('run', 'list');
    expect(await installation.stop()).toBe(0);
    const port = Number(new URL(installation.url).port);
    const args = ['--app', join(ROOT, 'examples/apps/cutlist'), '--onboard', CLIENT];
    installation = await startInstallation({ folder: installation.folder, port, args });
    await installation.printed('was onboarded before');
    await installation.printed('It keeps running');
    const after = await installation.json('run', 'list');
    expect((after.items as readonly object[]).length).toBe((before.items as readonly object[]).length);
    const tenants = await installation.json('tenant', 'list');
    expect((tenants.items as readonly object[]).length).toBe(1);
  }, 120_000);

  it('RUN-38: a rollback leaves nothing of the client behind, in the control plane and in the application', async () => {
    await installation.json('run', 'rollback', 'latest', '--plain', '--reason', 'only trying');
    for (let tries = 0; tries < 200; tries += 1) {
      const run = await installation.json('run', 'show', 'latest');
      if (run.status === 'rolled_back') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await installation.json('run', 'show', 'latest')).toMatchObject({ status: 'rolled_back' });
    expect(await installation.json('tenant', 'list')).toMatchObject({ items: [] });
    const again = await installation.json('onboard', CLIENT);
    expect(again).toMatchObject({ status: 'waiting', tenant_slug: 'northwind-joinery' });
  }, 120_000);
});
