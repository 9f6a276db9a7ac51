import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateCluster, startPrivateCluster, urlOf } from '../testing/index.ts';
import { assertSupported, externalPostgres } from './external.ts';

let cluster: PrivateCluster;
beforeAll(async () => {
  cluster = await startPrivateCluster();
});
afterAll(() => cluster.dispose());

describe('externalPostgres', () => {
  it('hands the URL back once the server answers, and stops nothing that it did not start', async () => {
    const url = urlOf(cluster.connection);
    const supervisor = externalPostgres({ url });
    expect(await supervisor.start()).toEqual({ url });
    expect(supervisor.status()).toMatchObject({ kind: 'external', state: 'running' });
    await supervisor.stop();
    expect(cluster.status().state).toBe('running');
  });

  it('waits for a server that starts later', async () => {
    await cluster.stop();
    const starting = externalPostgres({ url: urlOf(cluster.connection) }).start();
    await cluster.start();
    await expect(starting).resolves.toBeDefined();
  });

  it('says at once that a login is wrong, and after its wait that nobody answers', async () => {
    const stranger = urlOf({ ...cluster.connection, user: 'nobody_we_know' });
    await expect(externalPostgres({ url: stranger }).start()).rejects.toMatchObject({
      code: 'database.unavailable',
      retry: 'never',
    });
    const nowhere = urlOf({ ...cluster.connection, host: '/nonexistent' });
    await expect(externalPostgres({ url: nowhere, waitMs: 0 }).start()).rejects.toMatchObject({
      code: 'database.unavailable',
    });
  });

  it('refuses a PostgreSQL older than 15 and takes 15', () => {
    expect(() => assertSupported(14)).toThrow('leads to PostgreSQL 14; Tenantry needs 15 or later');
    expect(() => assertSupported(15)).not.toThrow();
  });
});
