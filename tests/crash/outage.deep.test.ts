import { afterAll, describe, expect, it } from 'vitest';
import { startPrivateCluster } from '../../packages/server/src/db/testing/index.ts';
import { surviveOutage } from './outage-cases.ts';
import { faultsOfAudit } from './proofs.mjs';
import { openSuite } from './suite.ts';

const OUTAGES = 10;
const AWAY_MS = 60_000;
/** Points lie in the time the runs need to their first wait. */
const SPAN_MS = 800;

const cluster = await startPrivateCluster();
afterAll(() => cluster.dispose());
const suite = await openSuite({ connection: cluster.connection });

describe('PostgreSQL goes away for a minute at ten random points', () => {
  const points = Array.from({ length: OUTAGES }, () => Math.floor(Math.random() * SPAN_MS));

  it.for(points)('%i ms into the runs: they go on by themselves', { timeout: AWAY_MS + 60_000 }, async (afterMs) => {
    await surviveOutage(suite, cluster, { runs: 20, afterMs, awayMs: AWAY_MS });
  });

  it('the audit chain seals and verifies after all of it', async () => {
    expect(await faultsOfAudit(suite.plane)).toEqual([]);
  });
});
