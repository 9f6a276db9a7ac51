import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { afterAll, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../packages/server/src/db/index.ts';
import { faultsOfAudit } from './proofs.mjs';
import { expectUnharmed, openSuite, type Suite, whole } from './suite.ts';

const PROGRAM = fileURLToPath(new URL('./small-disk-cluster.mjs', import.meta.url));
const SIZE = '180m';
/** More runs than fit into the pages that are there already. */
const STARTS_MAX = 3_000;
/** As many as the workers take at once. */
const IN_THE_AIR = 8;

interface SmallDisk {
  readonly connection: ConnectionSettings;
  tell(line: 'fill' | 'free'): Promise<void>;
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function startOnSmallDisk(): Promise<SmallDisk> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-disk-'));
  await chmod(directory, 0o755);
  const child = spawn('unshare', ['--mount', process.execPath, PROGRAM, directory, SIZE], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{}');
  afterAll(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
    await rm(directory, { recursive: true, force: true });
  });
  const { connection } = await next();
  return {
    connection,
    tell: async (line) => {
      child.stdin.write(`${line}\n`);
      await next();
    },
  };
}

/** Starts runs until PostgreSQL refuses one; answers those it took and the refusal. */
async function startUntilFull(suite: Suite) {
  const runs: { id: string; name: string }[] = [];
  while (runs.length < STARTS_MAX) {
    try {
      runs.push(await suite.start());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { runs, refusal: error };
    }
  }
  throw new Error(`${STARTS_MAX} runs were started on a full disk`);
}

/** Runs whose first call has been made and has not answered. */
async function startInTheAir(suite: Suite, latch: string) {
  const runs = [];
  for (let run = 0; run < IN_THE_AIR; run++) runs.push(await suite.start({ latch }));
  await expect.poll(() => suite.plane.outside.entered(latch).length, { timeout: 10_000 }).toBe(IN_THE_AIR);
  return runs;
}

// The control plane of the suites is the built one, with its own class of errors.
const isRefusal = (error: unknown): error is TenantryError =>
  isTenantryError(error) || (error instanceof Error && error.name === 'TenantryError');

const disk = mayMount() ? await startOnSmallDisk() : undefined;
const opened = disk === undefined ? undefined : await openSuite({ connection: disk.connection });

it('a full disk is refused in plain words, and everything goes on when space returns', { timeout: 240_000 }, async ({
  skip,
}) => {
  if (disk === undefined || opened === undefined)
    return skip('this user may not mount a file system in a namespace of its own');
  const suite = opened;
  const before = await suite.start();
  await suite.plane.until(before.id, ['waiting']);
  const evidenceBefore = await evidenceOf(suite, before.id);
  expect(evidenceBefore.length).toBe(4);

  const inTheAir = await startInTheAir(suite, 'disk');
  await disk.tell('fill');
  // Their results find no space.
  suite.plane.outside.open('disk');
  const { runs, refusal } = await startUntilFull(suite);
  expect(refusal.code).toBe('database.full');
  expect(refusal.message).toBe('PostgreSQL has no space left, so nothing was written.');
  expect(refusal.next).toContain('Free space');
  await expect
    .poll(() => suite.fleet.workers.flatMap((worker) => worker.log).join('\n'), { timeout: 10_000 })
    .toContain('no space left');

  await disk.tell('free');
  for (const run of [...inTheAir, ...runs]) {
    const { state } = await suite.plane.until(run.id, ['waiting'], 60_000);
    for (const step of ['first', 'second', 'third', 'seen'])
      expect(state.steps[step]).toMatchObject({ status: 'passed', tries: 1 });
    expect(suite.effects(run.name)).toEqual(whole(run.name));
    await expectUnharmed(suite.plane, run.id);
  }
  expect(await evidenceOf(suite, before.id)).toEqual(evidenceBefore);
  expect(suite.fleet.workers.map((worker) => worker.isAlive())).toEqual([true, true]);
  expect(await faultsOfAudit(suite.plane)).toEqual([]);
});

const evidenceOf = ({ plane }: Suite, runId: string) =>
  plane.rows('select id, step_id, kind, ok, actual from run_evidence where run_id = $1 order by at, id', [runId]);
