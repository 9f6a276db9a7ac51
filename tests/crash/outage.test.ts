import { afterAll, describe, it } from 'vitest';
import { startPrivateCluster } from '../../packages/server/src/db/testing/index.ts';
import { surviveOutage } from './outage-cases.ts';
import { openSuite } from './suite.ts';

const cluster = await startPrivateCluster();
afterAll(() => cluster.dispose());
const suite = await openSuite({ connection: cluster.connection });

describe('PostgreSQL goes away for three seconds', () => {
  it.for([20, 150])('%i ms into the runs: they go on by themselves and no try is used up', async (afterMs) => {
    await surviveOutage(suite, cluster, { runs: 8, afterMs, awayMs: 3_000 });
  });
});
