import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, expect } from 'vitest';
import type { ConnectionSettings } from '../../packages/server/src/db/index.ts';
import { cloneDatabase, makeTestDirectory } from '../../packages/server/src/db/testing/index.ts';
import { createPlane, type Plane } from './control-plane.mjs';
import { faultsOfRun } from './proofs.mjs';
import { SAMPLE, SAMPLE_SOURCE } from './sample-runbook.mjs';
import { startFleet } from './workers.mjs';

export type Fleet = Awaited<ReturnType<typeof startFleet>>;

export interface Suite {
  readonly plane: Plane;
  readonly fleet: Fleet;
  /** A run of the sample runbook under a new name; the name is the slug. */
  start(intake?: Readonly<Record<string, string>>): Promise<{ readonly id: string; readonly name: string }>;
  /** How often each thing of a run stands in the outside system. */
  effects(name: string): Readonly<Record<string, number>>;
}

export interface SuiteOptions {
  readonly leaseMs?: number;
  readonly workers?: number;
  /** Instead of a database on the shared cluster. */
  readonly connection?: ConnectionSettings;
}

/** Two workers in processes of their own and a control plane to start runs from; all of it ends with the file. */
export async function openSuite({ leaseMs = 1_000, workers = 2, connection }: SuiteOptions = {}): Promise<Suite> {
  const directory = await makeTestDirectory();
  const settings = { connection: connection ?? (await clone()), directory };
  const plane = createPlane(settings);
  await plane.prepare();
  await plane.publish(SAMPLE_SOURCE);
  const fleet = await startFleet({ ...settings, leaseMs, concurrency: 4 }, workers);
  afterAll(async () => {
    await fleet.end();
    await plane.close();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    plane,
    fleet,
    start: async (intake = {}) => {
      const name = `c-${randomUUID().slice(0, 8)}`;
      const { id } = await plane.start(SAMPLE, { slug: name, ...intake });
      return { id, name };
    },
    effects: (name) => {
      const counts: Record<string, number> = {};
      for (const thing of plane.outside.things(name)) counts[thing.name] = (counts[thing.name] ?? 0) + 1;
      return counts;
    },
  };
}

async function clone(): Promise<ConnectionSettings> {
  const { connection, name, asSuperuser } = await cloneDatabase();
  // A clone keeps no privileges of its template's database.
  await asSuperuser(`grant create on database ${name} to tenantry_owner`);
  return connection;
}

/** Everything a run makes when all goes well. */
export const whole = (name: string): Readonly<Record<string, number>> => ({
  [name]: 1,
  [`${name}-note`]: 1,
  [`${name}-shout`]: 1,
});

/** Evidence, audit rows, replay and single effects of the run. */
export async function expectUnharmed(plane: Plane, runId: string): Promise<void> {
  expect(await faultsOfRun(plane, runId)).toEqual([]);
}
