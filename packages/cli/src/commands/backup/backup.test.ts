import { describe, expect, it } from 'vitest';
import { type CliOptions, cli } from '../../testing/cli.ts';
import { refusal, startFakeControlPlane } from '../../testing/fake-control-plane.ts';
import { sizeText } from './backup-lines.ts';

const STAMP = '20261119_080500';
const backup = {
  id: 'backup_1',
  scope: 'tenant',
  product: 'cutlist',
  environment: 'production',
  tenant_id: '0b7f9c3e-5d0c-4b1f-9a38-0d1f6f1c7a01',
  stamp: STAMP,
  status: 'ready',
  files: [
    {
      database: 'cutlist',
      file: `cutlist/production/cutlist.t_${STAMP}.dump.gz.enc`,
      bytes: 1_234_567,
      sha256: '00',
      payload: 'dump.gz',
      tables: [{ name: 'public.projects', rows: 42 }],
    },
  ],
  bytes: 1_234_567,
  folder: '/var/backups',
  keep_until: '2026-12-19T08:05:00.000Z',
  created_at: '2026-11-19T08:05:00.000Z',
  run_id: null,
  verified_at: null,
  verified_by_restore: null,
  verified_ok: null,
  failure: null,
};
const operation = (over: object = {}) => ({
  schema: 'tenantry.backup-operation/1',
  id: 'operation_1',
  kind: 'create',
  status: 'done',
  tenant_id: null,
  backup_id: 'backup_1',
  progress: null,
  report: {},
  failure: null,
  asked_at: '2026-11-20T08:05:00.000Z',
  ended_at: null,
  ...over,
});
const page = (...items: object[]) => ({ items, next_cursor: null });

async function connected() {
  const plane = await startFakeControlPlane();
  const run = (argv: readonly string[], options: CliOptions = {}) =>
    cli([...argv, '--url', plane.url, '--key', 'tnt_x'], options);
  plane.handlers.set('GET /api/v1/backups', () => page(backup));
  plane.handlers.set('GET /api/v1/tenants/acme', () => ({ ...tenant, slug: 'acme' }));
  plane.handlers.set('GET /api/v1/tenants', () => page({ ...tenant, slug: 'acme' }, { ...tenant, slug: 'beta' }));
  plane.handlers.set('POST /api/v1/backups/backup_1/restore', () =>
    operation({ kind: 'restore', report: { tables: [{}, {}], erased: ['x'] } }),
  );
  return { plane, run };
}

const tenant = {
  schema: 'tenantry.tenant/1',
  id: backup.tenant_id,
  slug: 'acme',
  name: 'Acme',
  product: 'cutlist',
  client_id: null,
  plan: 'free',
  status: 'active',
  access_mode: null,
  isolation: 'pool-shared',
  support_tier: 'basic',
  created_at: backup.created_at,
  updated_at: backup.created_at,
  version: 1,
  status_reason: null,
  pending_offboarding_at: null,
  settings_version: 1,
  settings: {},
  limits: {},
  limits_unset: [],
  features: {},
  contacts: [],
  history: [],
};

describe('backup create', () => {
  it('RBK-18: says files with their sizes, where they lie, and the timestamp', async () => {
    const { plane, run } = await connected();
    const states = [operation({ status: 'queued' }), operation()];
    plane.handlers.set('POST /api/v1/backups', () => states.shift());
    plane.handlers.set('GET /api/v1/backup-operations/operation_1', () => states.shift());
    plane.handlers.set('GET /api/v1/backups/backup_1', () => backup);
    const { code, stdout } = await run(['backup', 'create', 'acme', '--keep', '12w']);
    expect(code).toBe(0);
    for (const part of [STAMP, 'cutlist.t_', '1.23 MB', '42 rows', '/var/backups']) expect(stdout).toContain(part);
    expect(plane.received[0]?.body).toEqual({ tenant: 'acme', environment: 'production', keep: '12w' });
  });

  it('of the control plane says which keys are not in it', async () => {
    const { plane, run } = await connected();
    plane.handlers.set('POST /api/v1/backups', () =>
      operation({ report: { keys_file: '/keys/tenantry-keys.enc', master_keys: ['k1'] } }),
    );
    plane.handlers.set('GET /api/v1/backups/backup_1', () => ({ ...backup, scope: 'self' }));
    const { stderr } = await run(['backup', 'create', '--self']);
    expect(stderr).toContain('keys of the vault are not in it');
    expect(stderr).toContain('k1');
    expect(stderr).toContain('/keys/tenantry-keys.enc');
    expect(plane.received[0]?.body).toEqual({ self: true, keep: '30d' });
  });

  it('that failed ends with its error, its faults and its exit code', async () => {
    const { plane, run } = await connected();
    const failure = {
      code: 'backup.refused',
      message: 'The database cannot be backed up.',
      next: 'Grant it.',
      faults: [{ path: 'public.parts', message: 'grant select' }],
    };
    plane.handlers.set('POST /api/v1/backups', () => operation({ status: 'failed', failure }));
    const { code, stderr } = await run(['backup', 'create', '--product', 'cutlist']);
    expect(code).toBe(65);
    expect(stderr).toContain('grant select');
  });

  it('needs exactly one subject', async () => {
    const { run } = await connected();
    for (const argv of [[], ['acme', '--self'], ['acme', '--product', 'cutlist']]) {
      expect((await run(['backup', 'create', ...argv])).code).toBe(2);
    }
  });
});

describe('backup list', () => {
  it('RBK-19: shows timestamps, sizes and whether they were proven', async () => {
    const { plane, run } = await connected();
    const proven = { ...backup, verified_at: backup.created_at, verified_ok: true, verified_by_restore: true };
    plane.handlers.set('GET /api/v1/backups', () => page(proven, backup));
    const { stdout } = await run(['backup', 'list', 'acme']);
    expect(stdout).toContain(STAMP);
    expect(stdout).toContain('restored');
    expect(plane.received[0]?.query.get('tenant')).toBe('acme');
    expect((await run(['backup', 'list', '-o', 'json'])).json()).toMatchObject({ schema: 'tenantry.backups/1' });
  });

  it('writes sizes as people read them', () => {
    expect([0, 999, 1_000, 999_499, 999_500, 1_500_000_000].map(sizeText)).toEqual([
      '0 B',
      '999 B',
      '1 kB',
      '999 kB',
      '1 MB',
      '1.5 GB',
    ]);
  });
});

describe('backup restore', () => {
  const restore = ['backup', 'restore', 'latest', 'acme'];

  it('RBK-21: warns what is lost and asks for the name; anything else touches nothing', async () => {
    const { plane, run } = await connected();
    const asked: string[] = [];
    const answer = (text: string): CliOptions => ({
      ask: async (question) => {
        asked.push(question);
        return text;
      },
    });
    const refused = await run(restore, answer('acme-2'));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('nothing was touched')]);
    expect(plane.received.filter(({ method }) => method === 'POST')).toEqual([]);
    const { code, stdout, stderr } = await run(restore, answer('acme'));
    expect(code).toBe(0);
    expect(asked).toEqual(['Type acme to go on: ', 'Type acme to go on: ']);
    expect(stderr).toContain('overwrites');
    expect(stderr).toContain('24 h ago');
    expect(stdout).toContain('2 tables');
    expect(stdout).toContain('stay erased');
    expect(plane.received.at(-1)?.body).toEqual({ confirm: 'acme' });
  });

  it('with nobody there to ask is refused, and goes on with --yes', async () => {
    const { plane, run } = await connected();
    expect((await run(restore)).code).toBe(2);
    expect((await run([...restore, '--yes'])).code).toBe(0);
    expect(plane.received.at(-1)?.body).toEqual({ confirm: 'acme' });
  });

  it('CH-31: of a whole product names the tenants that lose their changes', async () => {
    const { run } = await connected();
    const { stderr } = await run(['backup', 'restore', STAMP, '--product', 'cutlist', '--yes']);
    expect(stderr).toContain('every tenant of cutlist (2): acme, beta');
  });

  it('RBK-20: takes latest or a timestamp, and an unknown one is an error', async () => {
    const { plane, run } = await connected();
    await run(['backup', 'restore', STAMP, 'acme', '--yes']);
    expect(plane.received[0]?.query.get('which')).toBe(STAMP);
    plane.handlers.set('GET /api/v1/backups', () => {
      throw refusal('backup.not_found', 'No such backup: there is none of 20250123_140530.');
    });
    const { code, stderr } = await run(['backup', 'restore', '20250123_140530', 'acme', '--yes']);
    expect([code, stderr]).toEqual([66, expect.stringContaining('20250123_140530')]);
  });
});

describe('backup verify and schedule', () => {
  it('ends with 0 for a good one and with 1 for a bad one, and says why', async () => {
    const { plane, run } = await connected();
    const answers = [
      operation({ report: { ok: true, depth: 'restore' } }),
      operation({ report: { ok: false, depth: 'restore', failure: { message: 'was altered' } } }),
    ];
    plane.handlers.set('POST /api/v1/backups/backup_1/verify', () => answers.shift());
    const [good, bad] = [
      await run(['backup', 'verify', 'latest', 'acme']),
      await run(['backup', 'verify', 'latest', 'acme', '--files']),
    ];
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('loaded, counted and compared')]);
    expect([bad.code, bad.stdout]).toEqual([1, expect.stringContaining('was altered')]);
    expect(plane.received.at(-1)?.body).toEqual({ depth: 'files' });
  });

  it('RBK-26: sets daily or weekly backups, and ends them', async () => {
    const { plane, run } = await connected();
    const schedule = {
      id: 'schedule_1',
      product: 'cutlist',
      environment: 'production',
      tenant_id: backup.tenant_id,
      every: 'daily',
      keep_days: 30,
      next_at: backup.created_at,
      next_test_at: backup.created_at,
      failures: 0,
    };
    plane.handlers.set('POST /api/v1/backup-schedules', () => schedule);
    plane.handlers.set('GET /api/v1/backup-schedules', () => ({ items: [schedule] }));
    plane.handlers.set('DELETE /api/v1/backup-schedules/schedule_1', () => ({}));
    expect((await run(['backup', 'schedule', 'acme', '--every', 'daily'])).stdout).toContain('daily backups');
    await run(['backup', 'schedule', 'acme', '--every', 'never']);
    expect(plane.received.at(-1)?.method).toBe('DELETE');
    expect((await run(['backup', 'schedule', '--self', '--every', 'daily'])).code).toBe(2);
  });
});
