import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, urlOf } from '../../../../server/src/db/testing/index.ts';
import { EXIT } from '../../exit-codes.ts';
import { cli } from '../../testing/cli.ts';

const test = await cloneDatabase();
const ROLE = `cli_${test.name.slice(5, 13)}`;
const ACME = '11111111-1111-4111-8111-111111111111';
const BETA = '22222222-2222-4222-8222-222222222222';
const OWN = `tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid)`;
const app = urlOf({ ...test.connection, user: ROLE });
const control = urlOf({ ...test.connection, user: 'postgres' });
const verify = (...more: string[]) => cli(['isolation', 'verify', ...more]);

beforeAll(async () => {
  await test.asSuperuser(`create role ${ROLE} login`);
  await test.asSuperuser(`create table orders (tenant_id uuid not null); create index on orders (tenant_id);
    alter table orders enable row level security; alter table orders force row level security;
    create policy own on orders to ${ROLE} using (${OWN}) with check (${OWN});
    grant select, insert, update, delete on orders to ${ROLE};
    insert into orders values ('${ACME}'), ('${BETA}')`);
});
afterAll(async () => {
  await test.asSuperuser(`drop owned by ${ROLE}; drop table orders; drop role ${ROLE}`);
});

describe('isolation verify', () => {
  it('SECV-01, CH-72: ends with 0 and a report where tenants are apart', async () => {
    const said = await verify('--database-url', app, '--control-url', control);
    expect(said.stdout).toContain('Tenants are kept apart: 9 attempts on 1 tables');
    expect(said.code).toBe(EXIT.ok);
    const json = await verify('--database-url', app, '--tenant', ACME, '--tenant', BETA, '-o', 'json');
    expect(json.json()).toMatchObject({ schema: 'tenantry.isolation/1', ok: true, role: ROLE, findings: [] });
  });

  it('SECV-01, SECV-02: ends with 65 and names what is wrong where a policy was dropped', async () => {
    await test.asSuperuser('alter table orders disable row level security');
    const said = await verify('--database-url', app, '--control-url', control, '-o', 'json');
    await test.asSuperuser('alter table orders enable row level security');
    expect(said.code).toBe(EXIT.refused);
    expect(said.json()).toMatchObject({ ok: false });
    expect(said.stdout).toContain('"rule": "unprotected"');
    expect(said.stdout).toContain('"rule": "read_leak"');
  });

  it.each([
    ['one tenant', ['--database-url', app, '--tenant', ACME], EXIT.usage],
    ['a table that is not there', ['--database-url', app, '--control-url', control, '--table', 'ordrs'], EXIT.usage],
    [
      'a column that is nowhere',
      ['--database-url', app, '--control-url', control, '--tenant-column', 'org'],
      EXIT.refused,
    ],
    ['no server', ['--database-url', 'postgres://x@127.0.0.1:1/x', '--control-url', control], EXIT.unavailable],
    ['no database', [], EXIT.usage],
  ])('with %s it says so and ends with %s', async (_what, argv, code) => {
    const said = await verify(...argv);
    expect(said.code).toBe(code);
    expect(said.stderr + said.stdout).not.toBe('');
  });
});
