import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backupWorld, operator } from './backups/testing/world.ts';
import { readConfig } from './config.ts';
import { migrateQueue } from './engine/index.ts';
import { type ExportDeps, exportJobs, keepExports, requestExport } from './export/index.ts';
import { exportRoutes } from './export/routes.ts';
import { exportDeps } from './export-sources.ts';
import { testPerson, testServer } from './http/testing/test-server.ts';
import { tenantPolicy } from './identity/index.ts';

const world = await backupWorld();
const { database } = world;
const deps = exportDeps({
  loginPolicy: tenantPolicy,
  backups: world.deps,
  config: readConfig({ mode: 'test', exportDirectRowsMax: 10, publicUrl: 'https://tenantry.example' }, {}),
});
const KEY = 'tnt_writer';
beforeAll(async () => {
  await world.plane.asSuperuser(`grant create on database ${world.plane.name} to tenantry_owner`);
  await migrateQueue(world.plane.connection);
});
let server: Awaited<ReturnType<typeof testServer>>['server'];
beforeEach(async () => {
  const keys = {
    [KEY]: testPerson('writer', ['tenants:read', 'tenants:write']),
    tnt_reader: testPerson('reader', ['tenants:read']),
  };
  ({ server } = await testServer({ database, now: () => world.clock, keys }));
  exportRoutes(server, deps);
});

interface View {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly download: { readonly url: string; readonly expires_at: string } | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

const call = (
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD',
  url: string,
  headers: Record<string, string> = {},
  key = KEY,
) =>
  server.inject({
    method,
    url,
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(method === 'POST' ? { payload: {} } : {}),
  });
const base = (tenant: string) => `/api/v1/tenants/${tenant}/exports`;
const idOf = (view: View): string => view.id.replace('export_', '');
const work = (view: View, with_: ExportDeps = deps, signal = new AbortController().signal) =>
  exportJobs(with_).tenant_export?.({ export: idOf(view) }, signal) ?? expect.fail('no handler');
const ask = async (tenant = world.acme): Promise<View> => (await call('POST', base(tenant))).json<View>();
const see = async (view: View, tenant = world.acme): Promise<View> =>
  (await call('GET', `${base(tenant)}/${view.id}`)).json<View>();
const filesOf = async (tenant = world.acme): Promise<readonly string[]> =>
  readdir(join(world.folder, 'exports', tenant)).catch(() => []);

/** One that is ready, with its link. */
async function made(tenant = world.acme): Promise<View & { readonly path: string }> {
  for (const view of (await call('GET', base(tenant))).json<{ items: View[] }>().items) {
    await call('DELETE', `${base(tenant)}/${view.id}`);
  }
  const asked = await ask(tenant);
  await work(asked);
  const view = await see(asked, tenant);
  expect(view.failure).toBeNull();
  const url = new URL(view.download?.url ?? expect.fail('no link'));
  return { ...view, path: `${url.pathname}${url.search}` };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a large export', () => {
  it('OFF-11, OFF-28: is answered 202 with a place to look, and once for all who ask', async () => {
    const first = await call('GET', `/api/v1/tenants/${world.acme}/export?format=csv`);
    expect(first.statusCode).toBe(202);
    const view = first.json<View>();
    expect(first.headers.location).toBe(`${base(world.acme)}/${view.id}`);
    expect((await call('GET', `/api/v1/tenants/${world.acme}/export?format=csv`)).json<View>().id).toBe(view.id);
    expect((await see(view)).status).toBe('queued');
    await work(view);
    const ready = await see(view);
    expect(ready).toMatchObject({ status: 'ready', attempts: 1, download: expect.anything() });
    expect(ready.rows).toBeGreaterThan(10);
    const counted = await world.audit('tenant.exported');
    expect(counted.at(-1)).toMatchObject({ tenant_id: world.acme });
    // What is small is answered at once as before.
    const small = await exportDeps({
      loginPolicy: tenantPolicy,
      backups: world.deps,
      config: readConfig({ mode: 'test' }, {}),
    });
    expect(small.limits.directRowsMax).toBe(50_000);
  });

  it('is sealed where it lies, and comes out whole, in parts, and as the version that was begun', async () => {
    const { path, bytes, sha256: hash, rows } = await made();
    const whole = await call('GET', path);
    expect(whole.statusCode).toBe(200);
    expect(whole.rawPayload.length).toBe(bytes);
    expect(sha256(whole.rawPayload)).toBe(hash);
    expect(whole.headers).toMatchObject({ etag: `"${hash}"`, 'accept-ranges': 'bytes' });
    expect(whole.rawPayload.subarray(0, 2).toString()).toBe('PK');
    expect(rows).toBeGreaterThan(10);
    const [file = ''] = await filesOf();
    const onDisk = await readFile(join(world.folder, 'exports', world.acme, file));
    expect(onDisk.includes('manifest.json')).toBe(false);

    const cut = Math.floor(bytes / 3);
    const head = await call('GET', path, { range: `bytes=0-${cut - 1}` });
    expect(head.statusCode).toBe(206);
    expect(head.headers['content-range']).toBe(`bytes 0-${cut - 1}/${bytes}`);
    const rest = await call('GET', path, { range: `bytes=${cut}-`, 'if-range': `"${hash}"` });
    expect(Buffer.concat([head.rawPayload, rest.rawPayload]).equals(whole.rawPayload)).toBe(true);
    const other = await call('GET', path, { range: `bytes=${cut}-`, 'if-range': '"another"' });
    expect([other.statusCode, other.rawPayload.length]).toEqual([200, bytes]);
    const past = await call('GET', path, { range: `bytes=${bytes}-` });
    expect([past.statusCode, past.headers['content-range']]).toEqual([416, `bytes */${bytes}`]);
    const asked = await call('HEAD', path);
    expect([asked.statusCode, asked.headers['content-length'], asked.rawPayload.length]).toEqual([200, `${bytes}`, 0]);
    expect((await call('GET', path, { 'if-none-match': `"${hash}"` })).statusCode).toBe(304);
  });

  it('a link is good for one export of one tenant, for a day, until it is withdrawn', async () => {
    const [mine, theirs] = [await made(), await made(world.beta)];
    const codeOf = async (path: string) => (await call('GET', path)).json<{ code: string }>().code;
    expect(await codeOf(mine.path.replace(mine.id, theirs.id))).toBe('export.link_refused');
    expect(await codeOf(mine.path.replace('for=vendor', 'for=tenant'))).toBe('export.link_refused');
    expect(await codeOf(mine.path.replace(/expires=\d+/, 'expires=9999999999'))).toBe('export.link_refused');
    expect((await call('GET', mine.path, { authorization: '' })).statusCode).toBe(200);
    const before = world.clock;
    world.clock = new Date(before.getTime() + 24 * 3_600_000);
    expect(await codeOf(mine.path)).toBe('export.link_refused');
    world.clock = before;
    await call('POST', `${base(world.acme)}/${mine.id}/withdraw-links`);
    expect(await codeOf(mine.path)).toBe('export.link_refused');
    const again = new URL((await see(mine)).download?.url ?? '');
    expect((await call('GET', `${again.pathname}${again.search}`)).statusCode).toBe(200);
    expect((await call('GET', `${base(world.beta)}/${mine.id}`)).json()).toMatchObject({ code: 'export.not_found' });
    expect((await call('GET', `${base(world.acme)}/${mine.id}`, {}, 'tnt_reader')).statusCode).toBe(403);
  });

  it('is gone with its file when it is removed, and when its time is over', async () => {
    const removed = await made();
    expect((await call('DELETE', `${base(world.acme)}/${removed.id}`)).json()).toMatchObject({ status: 'cancelled' });
    expect((await call('GET', removed.path)).statusCode).toBe(410);
    await keepExports(deps);
    expect(await filesOf()).toEqual([]);
    const old = await made();
    expect(await filesOf()).toHaveLength(1);
    const before = world.clock;
    world.clock = new Date(before.getTime() + 8 * 86_400_000);
    await keepExports(deps);
    expect(await see(old)).toMatchObject({ status: 'expired', download: null });
    world.clock = before;
    expect(await filesOf()).toEqual([]);
  });

  it('that is called off while it is written leaves no file', async () => {
    const asked = await ask();
    const slow: ExportDeps = {
      ...deps,
      sources: {
        ...deps.sources,
        settingsOf: async (ctx, id) => {
          await call('DELETE', `${base(world.acme)}/${asked.id}`);
          return deps.sources.settingsOf(ctx, id);
        },
      },
    };
    await work(asked, slow);
    expect(await see(asked)).toMatchObject({ status: 'cancelled' });
    await keepExports(deps);
    expect(await filesOf()).toEqual([]);
  });

  it('says what kept it from being whole, and leaves no file', async () => {
    const asked = await ask();
    await world.plane.asSuperuser(`update tenantry.environments set connections = '{}'`);
    await work(asked);
    await world.connect();
    expect(await see(asked)).toMatchObject({ status: 'failed', failure: { code: 'export.unavailable' } });
    expect(await filesOf()).toEqual([]);
    // The next who asks gets a new one.
    const next = await ask();
    expect(next.id).not.toBe(asked.id);
    await work(next);
  });

  it('whose worker was thought dead is finished by the next alone, and given up after five', async () => {
    const asked = await ask();
    const late: ExportDeps = {
      ...deps,
      store: {
        ...deps.store,
        write: async (place, content, signal) => {
          const archive = await deps.store.write(place, content, signal);
          if (place.attempt === 1) await work(asked);
          return archive;
        },
      },
    };
    await work(asked, late);
    expect(await see(asked)).toMatchObject({ status: 'ready', attempts: 2 });
    expect((await filesOf()).filter((name) => name.startsWith(idOf(asked)))).toEqual([`${idOf(asked)}.2.export`]);
    const doomed = await ask();
    await world.plane.asSuperuser(`update tenantry.tenant_exports set status = 'running', attempts = 5 where id = $1`, [
      idOf(doomed),
    ]);
    await work(doomed);
    expect(await see(doomed)).toMatchObject({
      status: 'failed',
      failure: { message: expect.stringContaining('5 workers') },
    });
  });

  it('whose file was altered gives nothing of it away as an archive', async () => {
    const { path, ...view } = await made();
    const [file = ''] = (await filesOf()).filter((name) => name.startsWith(idOf(view)));
    const at = join(world.folder, 'exports', world.acme, file);
    const content = await readFile(at);
    content[content.length - 20] = (content.at(-20) ?? 0) ^ 1;
    await writeFile(at, content);
    const broken = await call('GET', path);
    expect([broken.statusCode, broken.json<{ code: string }>().code]).toEqual([500, 'vault.unreadable']);
  });

  it('is refused once the deletion of the tenant has begun, and where five lie ready', async () => {
    await made(world.beta);
    await world.plane.asSuperuser(
      `insert into tenantry.tenant_exports (id, tenant_id, format, status, file, bytes, sha256, seal, actor, asked_at, expires_at)
       select gen_random_uuid(), $1, 'json', 'ready', 'f', 1, 'x', '{}', '{}', now(), $2::timestamptz + interval '1 day' from generate_series(1, 4)`,
      [world.beta, world.clock],
    );
    expect((await call('POST', base(world.beta))).json()).toMatchObject({ code: 'export.too_many' });
    await world.plane.asSuperuser(
      `insert into tenantry.tenant_offboardings (id, tenant_id, slug, name, product_id, cause, reason, authority, delete_data, erasure_request, state, announced_at, ends_at)
       values (gen_random_uuid(), $1, 'acme', 'Acme', 'cutlist', 'contract_end', 'r', 'a', true, false, 'deleting', now(), now())`,
      [world.acme],
    );
    const wish = { tenant: world.acme, format: 'json' } as const;
    await expect(
      database.transaction('operator', (tx) => requestExport({ tx, actor: operator, now: world.clock }, deps, wish)),
    ).rejects.toMatchObject({ code: 'export.unavailable' });
    expect((await call('GET', `/api/v1/tenants/${world.acme}/export`)).json()).toMatchObject({
      code: 'export.unavailable',
    });
  });
});
