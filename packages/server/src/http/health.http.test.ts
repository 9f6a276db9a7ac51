import { describe, expect, it } from 'vitest';
import type { Database } from '../db/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { testServer } from './testing/test-server.ts';

const { database } = await cloneDatabase();

describe('200', () => {
  it('says that the process and its database work, without a key', async () => {
    const { server } = await testServer({ database });
    const response = await server.inject('/api/v1/health');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/), database: 'ok' });
  });

  it('asks the database each time', async () => {
    let asked = 0;
    const counted: Database = {
      ...database,
      transaction: (role, fn) => {
        asked += 1;
        return database.transaction(role, fn);
      },
    };
    const { server } = await testServer({ database: counted });
    await server.inject('/api/v1/health');
    await server.inject('/api/v1/health');
    expect(asked).toBe(2);
  });
});

describe('503', () => {
  it('says that the database does not answer, and nothing about why', async () => {
    const { server } = await testServer();
    const response = await server.inject('/api/v1/health');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ status: 'degraded', database: 'unavailable' });
    expect(response.body).not.toContain('no database');
  });

  it('does not wait for a database that is silent', async () => {
    const silent: Database = { ...database, transaction: () => new Promise(() => undefined) };
    const { server } = await testServer({ database: silent, healthWaitMs: 1 });
    expect((await server.inject('/api/v1/health')).statusCode).toBe(503);
  });
});
