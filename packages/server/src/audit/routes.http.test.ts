import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { type CheckpointSigner, checkpointKeyId, recordAudit, signCheckpoint } from './index.ts';
import { auditRoutes } from './routes.ts';
import { inAudit, NOW, sealToFloor, writeRows } from './testing/fixtures.ts';

const { database, asSuperuser } = await cloneDatabase();

const makeSigner = (): CheckpointSigner => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  return { keyId: checkpointKeyId(text), publicKey: text, sign: (bytes) => sign(null, bytes, privateKey) };
};
const signer = makeSigner();

const AUDITOR = 'tnt_auditor';
const BARE = 'tnt_bare';
const CLIENT = 'tnt_client';
const auditor = testPerson(randomUUID(), ['audit:read']);
const keys = {
  [AUDITOR]: auditor,
  [BARE]: testPerson('bare', ['tenants:read']),
  [CLIENT]: { ...auditor, party: 'client' as const, clientId: randomUUID() },
};
const TENANT = randomUUID();
const RUN = randomUUID();
const ROUTES = ['/audit', '/audit/verify', '/audit/checkpoint'];

const serving = async () => {
  const { server } = await testServer({ keys, database });
  auditRoutes(server, { signer });
  const headers = (key: string) => ({ authorization: `Bearer ${key}` });
  return {
    get: (url: string, key = AUDITOR) => server.inject({ url: `/api/v1${url}`, headers: headers(key) }),
    verify: (payload: object, key = AUDITOR) =>
      server.inject({ method: 'POST', url: '/api/v1/audit/verify', headers: headers(key), payload }),
  };
};

/** As the owner of the tables would, with every trigger off. */
const tamper = (statement: string) =>
  asSuperuser(`set session_replication_role = replica; set search_path = tenantry; ${statement}`);

beforeEach(async () => {
  await tamper(`truncate audit_log, audit_chain, audit_checkpoints;
    update audit_sealer set floor_seq = 0, candidate_seq = 0, candidate_xact = '0'`);
  await writeRows(database, 3);
  const subject = { kind: 'run', id: RUN, name: 'Acme' };
  const entry = { action: 'run.started', tenantId: TENANT, runId: RUN, subject, reason: 'signed' };
  await inAudit(database, (ctx) => recordAudit(ctx, entry), auditor);
  await sealToFloor(database);
});

interface Listed {
  readonly items: readonly { readonly action: string; readonly subject: { readonly id: string } }[];
  readonly next_cursor: string | null;
}

describe('200', () => {
  it('lists who did what to whom, newest first', async () => {
    const { get } = await serving();
    const { items } = (await get('/audit')).json<Listed>();
    expect(items.map(({ subject }) => subject.id)).toEqual([`run_${RUN}`, '3', '2', '1']);
    expect(items[0]).toEqual({
      id: expect.any(String),
      at: NOW.toISOString(),
      action: 'run.started',
      actor: { kind: 'person', id: `person_${auditor.id}`, name: 'Ada', email: auditor.email, development: false },
      tenant_id: TENANT,
      run_id: `run_${RUN}`,
      subject: { kind: 'run', id: `run_${RUN}`, name: 'Acme' },
      reason: 'signed',
      detail: null,
      erased: false,
    });
    expect(items[1]).toMatchObject({ actor: { kind: 'system', id: 'test' }, detail: { place: 3 }, reason: null });
  });

  it.each([
    [`tenant=${TENANT}`, 1],
    [`run=run_${RUN}`, 1],
    [`actor=person_${auditor.id}`, 1],
    ['actor=test', 3],
    ['action=thing.', 3],
    ['action=thing_', 0],
    ['from=2026-11-20T10:00:00%2B01:00', 4],
    ['to=2026-11-20T09:00:00Z', 0],
    [`tenant=${randomUUID()}`, 0],
  ])('filters by %s', async (query, count) => {
    const { get } = await serving();
    expect((await get(`/audit?${query}`)).json<Listed>().items).toHaveLength(count);
  });

  it('shows users of tenants by name, and finds what one of them did', async () => {
    const [tenantId, userId] = [randomUUID(), randomUUID()];
    const ann = { kind: 'user', tenantId, userId, name: 'Ann Joiner', email: 'ann@acme.example' } as const;
    const entry = { action: 'user.password_changed', tenantId, subject: { kind: 'user', id: userId } };
    await inAudit(database, (ctx) => recordAudit(ctx, entry), ann);
    const { get } = await serving();
    expect((await get(`/audit?actor=user_${userId}`)).json<Listed>().items).toMatchObject([
      {
        action: 'user.password_changed',
        actor: { kind: 'user', id: `user_${userId}`, name: 'Ann Joiner', email: 'ann@acme.example' },
      },
    ]);
  });

  it('pages without leaving a row out or repeating one, also while new ones arrive', async () => {
    const { get } = await serving();
    const all = (await get('/audit')).json<Listed>().items;
    const seen: unknown[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages <= all.length; pages += 1) {
      const page: Listed = (await get(`/audit?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)).json();
      seen.push(...page.items);
      cursor = page.next_cursor;
      await writeRows(database, 1);
    }
    expect(seen).toEqual(all);
  });

  it('verifies an untouched log, and names the key its checkpoints are held against', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const { get } = await serving();
    expect((await get('/audit/verify')).json()).toEqual({
      schema: 'tenantry.audit_verdict/1',
      ok: true,
      rows: 4,
      sealed_to: 4,
      pending: 0,
      erased: 0,
      problems: [],
      problems_total: 0,
      key_id: signer.keyId,
      checkpoint_position: null,
    });
  });

  it('says what was altered', async () => {
    await tamper(`update audit_log set action = 'thing.unmade' where action = 'run.started'`);
    const { get } = await serving();
    expect((await get('/audit/verify')).json()).toMatchObject({
      ok: false,
      problems: [{ kind: 'altered', position: 4, row_id: expect.any(String) }],
      problems_total: 1,
    });
  });

  it('finds a log cut off at its end by a checkpoint that was exported as it is sent', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const { get, verify } = await serving();
    const checkpoint = (await get('/audit/checkpoint')).json();
    expect((await verify(checkpoint)).json()).toMatchObject({ ok: true, checkpoint_position: 4 });
    await tamper(`truncate audit_checkpoints; delete from audit_log where action = 'run.started';
      delete from audit_chain where position = 4; update audit_sealer set floor_seq = (select max(seq) from audit_log)`);
    expect((await get('/audit/verify')).json()).toMatchObject({ ok: true });
    expect((await verify(checkpoint)).json()).toMatchObject({ ok: false, problems: [{ kind: 'truncated' }] });
  });

  it('does not believe a checkpoint that another key signed', async () => {
    await signCheckpoint(database, makeSigner(), { now: NOW });
    const { get, verify } = await serving();
    const verdict = (await verify((await get('/audit/checkpoint')).json())).json();
    expect(verdict.ok).toBe(false);
    expect(verdict.problems[0].kind).toBe('bad_signature');
  });
});

describe('400', () => {
  it.each(['run=acme', 'tenant=acme', 'from=yesterday', 'limit=201', 'cursor=W10'])(
    'refuses the filter %s instead of showing everything',
    async (query) => {
      const { get } = await serving();
      const response = await get(`/audit?${query}`);
      expect([response.statusCode, problemIn(response).faults[0]?.path]).toEqual([400, `query.${query.split('=')[0]}`]);
    },
  );

  it('refuses a body that is no checkpoint', async () => {
    const { verify } = await serving();
    const response = await verify({ version: 1, position: 4 });
    expect(response.statusCode).toBe(400);
    expect(problemIn(response).faults.map(({ path }) => path)).toContain('body.chainHash');
  });
});

describe('403', () => {
  it.each(ROUTES)('refuses %s to a key without the scope audit:read', async (url) => {
    const { get } = await serving();
    const response = await get(url, BARE);
    expect([response.statusCode, problemIn(response).facts]).toEqual([403, { scope: 'audit:read' }]);
  });

  it.each(ROUTES)('refuses %s to a person of a client, whatever their scopes: it tells of others', async (url) => {
    const { get } = await serving();
    const response = await get(url, CLIENT);
    expect([response.statusCode, problemIn(response).code]).toEqual([403, 'access.forbidden']);
  });

  it('refuses a person of a client to verify with a checkpoint', async () => {
    await signCheckpoint(database, signer, { now: NOW });
    const { get, verify } = await serving();
    const response = await verify((await get('/audit/checkpoint')).json(), CLIENT);
    expect(response.statusCode).toBe(403);
  });
});

describe('404', () => {
  it('says so while no checkpoint has been signed', async () => {
    const { get } = await serving();
    const response = await get('/audit/checkpoint');
    expect([response.statusCode, problemIn(response).code]).toEqual([404, 'request.not_found']);
  });
});
