import type { TestProject } from 'vitest/node';
import { serveTestCluster, type TestCluster } from './test-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the socket that tells a test file where the shared cluster is. */
    tenantryCluster: string;
  }
}

interface Shared {
  users: number;
  readonly cluster: Promise<TestCluster>;
}

// Vitest loads this module once for each project; the process, and so the cluster, is the same.
const KEY = Symbol.for('tenantry.test-cluster');
const registry = globalThis as { [KEY]?: Shared };

/** Called by Vitest before the first test file of each project that names this module. */
export const setup = async (project: TestProject): Promise<void> => {
  registry[KEY] ??= { users: 0, cluster: serveTestCluster() };
  const shared = registry[KEY];
  shared.users += 1;
  project.provide('tenantryCluster', (await shared.cluster).control);
};

/** Called by Vitest at the end of the run, also of an interrupted one. */
export const teardown = async (): Promise<void> => {
  const shared = registry[KEY];
  if (shared === undefined) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  delete registry[KEY];
  await (await shared.cluster).stop();
};
