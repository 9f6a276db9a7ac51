import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testServer } from '../http/testing/test-server.ts';
import { writeEvidencePack } from './evidence/index.ts';
import { carrySampleRun, clientPerson, installQueue, makeSigner, operator } from './evidence/testing/sample-run.ts';
import { evidenceRoutes } from './evidence-routes.ts';

const test = await cloneDatabase();
const { database } = test;
await installQueue(test);
const signer = makeSigner();
const run = await carrySampleRun(database);

const keys = {
  tnt_vendor: operator,
  tnt_bare: { ...operator, scopes: ['tenants:read'] as const },
  tnt_own: { ...clientPerson(run.clientId), scopes: ['runs:read'] as const },
  tnt_other: { ...clientPerson(randomUUID()), scopes: ['runs:read'] as const },
};

const get = async (id: string, key: keyof typeof keys = 'tnt_vendor') => {
  const { server } = await testServer({ keys, database });
  evidenceRoutes(server, { signer });
  return server.inject({ url: `/api/v1/runs/${id}/evidence-pack`, headers: { authorization: `Bearer ${key}` } });
};

describe('200', () => {
  it.each(['tnt_vendor', 'tnt_own'] as const)('hands %s the pack of the run, byte for byte, as a file', async (key) => {
    const response = await get(`run_${run.id}`, key);
    const pack = await database.transaction('operator', (tx) =>
      writeEvidencePack({ tx, actor: operator, now: new Date() }, { runId: run.id, signer }),
    );
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/zip');
    expect(response.headers['content-disposition']).toBe(`attachment; filename*=UTF-8''${pack.name}`);
    expect(response.rawPayload.equals(Buffer.from(pack.bytes))).toBe(true);
  });
});

describe('403', () => {
  it('refuses a key without the scope runs:read', async () => {
    const response = await get(`run_${run.id}`, 'tnt_bare');
    expect([response.statusCode, problemIn(response).facts]).toEqual([403, { scope: 'runs:read' }]);
  });
});

describe('404', () => {
  it('answers a person of another client exactly as for a run that is not there', async () => {
    const absent = randomUUID();
    const [foreign, missing] = [await get(`run_${run.id}`, 'tnt_other'), await get(`run_${absent}`, 'tnt_other')];
    expect([foreign.statusCode, problemIn(foreign).code]).toEqual([404, 'run.not_found']);
    expect(problemIn(foreign).detail.replace(run.id, 'ID')).toBe(problemIn(missing).detail.replace(absent, 'ID'));
  });

  it('answers a text that is no id', async () => {
    expect(problemIn(await get('latest')).code).toBe('run.not_found');
  });
});
