import { beforeAll, describe, expect, it } from 'vitest';
import { migrateQueue } from '../engine/index.ts';
import { problemIn, testServer } from '../http/testing/test-server.ts';
import { createPerson } from '../people/index.ts';
import { backupJobs } from './operations.ts';
import { backupRoutes } from './routes.ts';
import { backupWorld, operator } from './testing/world.ts';

const world = await backupWorld();
const { deps, plane, acme } = world;
beforeAll(async () => {
  await plane.asSuperuser(`grant create on database ${plane.name} to tenantry_owner`);
  await migrateQueue(plane.connection);
});

const OLIVE = 'tnt_olive';
const READER = 'tnt_reader';
// Answers kept under an Idempotency-Key belong to a person there is.
const { id } = await world.as((ctx) =>
  createPerson(ctx, { name: operator.name, email: operator.email, party: 'vendor' }),
);
const olive = { ...operator, id };
const keys = { [OLIVE]: olive, [READER]: { ...olive, scopes: ['backups:read'] as const } };

const serving = async () => {
  const { server } = await testServer({ keys, database: world.database, now: () => world.clock });
  backupRoutes(server, deps);
  return (method: 'GET' | 'POST' | 'DELETE', url: string, body?: object, headers: Record<string, string> = {}) =>
    server.inject({
      method,
      url: `/api/v1${url}`,
      headers: { authorization: `Bearer ${OLIVE}`, ...headers },
      ...(body === undefined ? {} : { payload: body }),
    });
};
const work = (id: string) =>
  backupJobs(deps).backup_operation?.({ operation: id.replace('operation_', '') }, new AbortController().signal);
const slug = async () =>
  (await plane.asSuperuser<{ slug: string }>('select slug from tenantry.tenants where id = $1', [acme]))[0]?.slug ?? '';

describe('202', () => {
  it('a backup is taken, listed, verified and restored, each as work that can be looked at', async () => {
    const ask = await serving();
    const asked = await ask('POST', '/backups', { tenant: await slug() }, { 'idempotency-key': 'one' });
    expect(asked.statusCode).toBe(202);
    const operation = asked.json<{ id: string }>();
    expect(asked.headers.location).toBe(`/api/v1/backup-operations/${operation.id}`);
    const again = await ask('POST', '/backups', { tenant: await slug() }, { 'idempotency-key': 'one' });
    expect(again.json()).toEqual(operation);
    expect((await ask('GET', `/backup-operations/${operation.id}`)).json()).toMatchObject({ status: 'queued' });
    await work(operation.id);
    expect((await ask('GET', `/backup-operations/${operation.id}`)).json()).toMatchObject({ status: 'done' });

    const { items } = (await ask('GET', `/backups?tenant=${await slug()}&which=latest`)).json();
    expect(items).toMatchObject([{ tenant_id: acme, status: 'ready', folder: deps.folder, verified_ok: null }]);
    const [{ id }] = items;
    const verify = await ask('POST', `/backups/${id}/verify`, {});
    await work(verify.json().id);
    expect((await ask('GET', `/backups/${id}`)).json()).toMatchObject({ verified_ok: true, verified_by_restore: true });
    const restore = await ask('POST', `/backups/${id}/restore`, { confirm: await slug() });
    expect(restore.statusCode).toBe(202);
    await work(restore.json().id);
    expect((await ask('GET', `/backup-operations/${restore.json().id}`)).json()).toMatchObject({
      kind: 'restore',
      status: 'done',
      failure: null,
    });
  });
});

describe('200 and 204', () => {
  it('pages through all backups without leaving one out', async () => {
    const ask = await serving();
    for (let n = 0; n < 4; n += 1) await work((await ask('POST', '/backups', { product: 'cutlist' })).json().id);
    const seen: { id: string; stamp: string }[] = [];
    let cursor = '';
    do {
      const page = (await ask('GET', `/backups?limit=2${cursor}`)).json();
      seen.push(...page.items);
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    const stamps = seen.map(({ stamp }) => stamp);
    expect(stamps).toEqual(stamps.toSorted().reverse());
    expect(new Set(seen.map((each) => each.id)).size).toBe(5);
    expect((await ask('GET', '/backups?self=true')).json().items).toEqual([]);
  });

  it('a schedule is set, read and ended', async () => {
    const ask = await serving();
    const set = await ask('POST', '/backup-schedules', { tenant: acme, every: 'weekly' });
    expect(set.json()).toMatchObject({ every: 'weekly', keep_days: 30, tenant_id: acme });
    expect((await ask('GET', `/backup-schedules?tenant=${acme}`)).json().items).toEqual([set.json()]);
    expect((await ask('DELETE', `/backup-schedules/${set.json().id}`)).statusCode).toBe(204);
    expect((await ask('GET', '/backup-schedules')).json().items).toEqual([]);
  });
});

describe('4xx', () => {
  it.each([
    ['POST', '/backups', {}, 400, 'request.invalid'],
    ['POST', '/backups', { tenant: 'acme', self: true }, 400, 'request.invalid'],
    ['POST', '/backups', { product: 'cutlist', keep: '7d' }, 400, 'request.invalid'],
    ['POST', '/backups', { tenant: 'nobody' }, 404, 'tenant.not_found'],
    ['POST', '/backup-schedules', { self: true, every: 'daily' }, 400, 'request.invalid'],
    ['GET', '/backups/backup_0b7f9c3e-5d0c-4b1f-9a38-0d1f6f1c7a01', undefined, 404, 'backup.not_found'],
    ['GET', '/backups?which=latest', undefined, 400, 'request.invalid'],
    ['GET', '/backups/nonsense', undefined, 404, 'backup.not_found'],
    ['GET', '/backups?product=cutlist&which=19990101_000000', undefined, 404, 'backup.not_found'],
    ['GET', '/backup-operations/nonsense', undefined, 404, 'backup.not_found'],
    ['DELETE', '/backup-schedules/nonsense', undefined, 404, 'backup.not_found'],
  ] as const)('%s %s %o is %i', async (method, url, body, status, code) => {
    const ask = await serving();
    const response = await ask(method, url, body);
    expect([response.statusCode, problemIn(response).code]).toEqual([status, code]);
  });

  it('403 without the scope, before anything is written', async () => {
    const ask = await serving();
    const as = { authorization: `Bearer ${READER}` };
    expect((await ask('POST', '/backups', { product: 'cutlist' }, as)).statusCode).toBe(403);
    expect((await ask('GET', '/backups', undefined, as)).statusCode).toBe(200);
  });

  it('409 for a restore of the control plane over the API: it is done while it is stopped', async () => {
    const ask = await serving();
    await work((await ask('POST', '/backups', { self: true })).json().id);
    const [{ id }] = (await ask('GET', '/backups?self=true')).json().items;
    const response = await ask('POST', `/backups/${id}/restore`, { confirm: 'control-plane' });
    expect(problemIn(response)).toMatchObject({ code: 'backup.refused', status: 409 });
  });
});
