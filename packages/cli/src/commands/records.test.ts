import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliOptions, type CliResult, cli, scratchFolder } from '../testing/cli.ts';
import { type FakeControlPlane, startFakeControlPlane } from '../testing/fake-control-plane.ts';

const AT = '2026-11-20T08:00:00.000Z';

async function setting(): Promise<{
  plane: FakeControlPlane;
  run: (argv: readonly string[], options?: CliOptions) => Promise<CliResult>;
}> {
  const plane = await startFakeControlPlane();
  const env = { TENANTRY_URL: plane.url, TENANTRY_KEY: 'tnt_x' };
  return { plane, run: (argv, options = {}) => cli(argv, { env, ...options }) };
}

const tenant = {
  id: '7d444840-9dc0-41d4-a716-446655440000',
  slug: 'acme',
  name: 'Acme\u001b[31m Joinery',
  product: 'cutlist',
  client_id: null,
  plan: 'enterprise',
  status: 'suspended',
  access_mode: 'read-only',
  isolation: 'pool-shared',
  support_tier: 'basic',
  created_at: AT,
  updated_at: AT,
};

const wholeTenant = {
  ...tenant,
  schema: 'tenantry.tenant/1',
  version: 3,
  status_reason: 'unpaid',
  pending_offboarding_at: null,
  settings_version: 2,
  settings: {},
  limits: { users: 5, projects: 'unlimited' },
  limits_unset: ['storage_bytes'],
  features: { sso: true, scim: false },
  contacts: [{ party: 'client', role: 'client_it', name: 'Kim', email: 'kim@acme.example', phone: null }],
  history: [
    {
      number: 1,
      operation: 'created',
      from: null,
      to: null,
      actor: { kind: 'person', id: 'x', label: 'Dana' },
      authority: 'contract',
      reason: null,
      run_id: null,
      at: AT,
    },
  ],
};

describe('tenant', () => {
  it('lists what the filters ask for, and shows no control characters of a name', async () => {
    const { plane, run } = await setting();
    plane.handlers.set('GET /api/v1/tenants', () => ({ items: [tenant], next_cursor: 'next' }));
    const { stdout } = await run(['tenant', 'list', '--status', 'suspended', '--search', 'ac jo']);
    expect(plane.received[0]?.query.toString()).toBe('status=suspended&search=ac+jo&limit=50');
    expect(stdout).toContain('acme  Acme Joinery  suspended  enterprise  cutlist');
    expect(stdout).toContain('More: --cursor next');
    expect((await run(['tenant', 'list', '-o', 'json'])).json()).toMatchObject({
      schema: 'tenantry.tenants/1',
      next_cursor: 'next',
    });
    expect((await run(['tenant', 'list', '--status', 'asleep'])).code).toBe(2);
  });

  it('shows what is in force, what is unset, and its history', async () => {
    const { plane, run } = await setting();
    plane.handlers.set('GET /api/v1/tenants/acme', () => wholeTenant);
    const { stdout } = await run(['tenant', 'show', 'acme']);
    expect(stdout).toContain('status:      suspended, read-only, unpaid');
    expect(stdout).toContain('limits:      users: 5, projects: unlimited');
    expect(stdout).toContain('unset:       storage_bytes');
    expect(stdout).toContain('features:    sso\n');
    expect(stdout).toContain('created    Dana  contract');
    expect((await run(['tenant', 'show', 'acme', '-o', 'json'])).json()).toMatchObject({
      schema: 'tenantry.tenant/1',
      slug: 'acme',
    });
  });
});

describe('key', () => {
  it('prints a new key alone on stdout, and the warning beside it', async () => {
    const { plane, run } = await setting();
    plane.handlers.set('POST /api/v1/keys', () => ({ id: 'key_1', person_id: 'person_1', key: 'tnt_new' }));
    const { stdout, stderr } = await run([
      'key',
      'create',
      'ci',
      '--scope',
      'runs:read',
      'runs:write',
      '--expires',
      '2027-01-31',
    ]);
    expect(stdout).toBe('tnt_new\n');
    expect(stderr).toContain('the only time the key is shown');
    expect(plane.received[0]?.body).toEqual({
      name: 'ci',
      scopes: ['runs:read', 'runs:write'],
      expires_at: '2027-01-31T00:00:00.000Z',
    });
  });

  it('says what to do when the key itself was lost on the way', async () => {
    const { plane, run } = await setting();
    plane.handlers.set('POST /api/v1/keys', () => ({ id: 'key_1', person_id: 'person_1' }));
    const { code, stdout, stderr } = await run(['key', 'create', 'ci', '--scope', 'runs:read']);
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toContain('tenantry key revoke key_1');
  });

  it('refuses an unknown scope and a time that is none before anything is sent', async () => {
    const { plane, run } = await setting();
    expect((await run(['key', 'create', 'ci', '--scope', 'all'])).code).toBe(2);
    expect((await run(['key', 'create', 'ci', '--scope', 'runs:read', '--expires', 'soon'])).code).toBe(2);
    expect(plane.received).toEqual([]);
  });

  it('lists states, and ends a key for good', async () => {
    const { plane, run } = await setting();
    const key = {
      id: 'key_1',
      name: 'ci',
      prefix: 'abcdefgh',
      scopes: ['runs:read'],
      created_at: AT,
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
    };
    const items = [key, { ...key, id: 'key_2', revoked_at: AT }, { ...key, id: 'key_3', expires_at: AT }];
    plane.handlers.set('GET /api/v1/keys', () => ({ items, next_cursor: null }));
    plane.handlers.set('DELETE /api/v1/keys/key_1', () => null);
    const { stdout } = await run(['key', 'list']);
    expect(stdout.match(/valid|revoked|expired/g)).toEqual(['valid', 'revoked', 'expired']);
    expect((await run(['key', 'revoke', 'key_1', '--reason', 'it leaked', '-o', 'json'])).json()).toEqual({
      schema: 'tenantry.key-revoked/1',
      id: 'key_1',
    });
    expect(plane.received.at(-1)).toMatchObject({ method: 'DELETE', path: '/api/v1/keys/key_1' });
    expect(plane.received.at(-1)?.query.get('reason')).toBe('it leaked');
  });
});

describe('audit', () => {
  const verdict = {
    schema: 'tenantry.audit_verdict/1',
    ok: true,
    rows: 64,
    sealed_to: 64,
    pending: 0,
    erased: 0,
    problems: [],
    problems_total: 0,
    key_id: '9cc0c6e195887a71',
    checkpoint_position: null,
  };
  const checkpoint = {
    version: 1,
    position: 64,
    chainHash: 'a'.repeat(64),
    at: AT,
    keyId: 'b'.repeat(16),
    publicKey: 'AAAA',
    signature: 'AAAA',
  };

  it('verifies, and ends with 1 when the chain does not hold', async () => {
    const { plane, run } = await setting();
    plane.handlers.set('GET /api/v1/audit/verify', () => verdict);
    expect(await run(['audit', 'verify'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('holds up to 64'),
    });
    const problems = [{ kind: 'altered', position: 7, row_id: null, message: 'The row does not fit its hash.' }];
    plane.handlers.set('GET /api/v1/audit/verify', () => ({ ...verdict, ok: false, problems, problems_total: 1 }));
    const { code, stdout } = await run(['audit', 'verify']);
    expect(code).toBe(1);
    expect(stdout).toContain('altered at 7: The row does not fit its hash.');
  });

  it('takes a checkpoint exactly as it was exported', async () => {
    const { plane, run } = await setting();
    plane.handlers.set('GET /api/v1/audit/checkpoint', () => checkpoint);
    plane.handlers.set('POST /api/v1/audit/verify', () => ({ ...verdict, checkpoint_position: 64 }));
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'checkpoint.json'), (await run(['audit', 'checkpoint'])).stdout);
    expect((await run(['audit', 'verify', '--checkpoint', 'checkpoint.json'], { cwd })).code).toBe(0);
    expect(plane.received.at(-1)?.body).toEqual(checkpoint);
    await writeFile(join(cwd, 'other.json'), '{}');
    expect((await run(['audit', 'verify', '--checkpoint', 'other.json'], { cwd })).code).toBe(64);
  });
});

describe('evidence verify', () => {
  it('ends with 64 for a file that is no archive, without a control plane', async () => {
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'pack.zip'), 'no zip');
    const { code, json } = await cli(['evidence', 'verify', 'pack.zip', '-o', 'json'], { cwd });
    expect(code).toBe(64);
    expect(json()).toMatchObject({ schema: 'tenantry.evidence-verdict/1', ok: false });
  });
});
