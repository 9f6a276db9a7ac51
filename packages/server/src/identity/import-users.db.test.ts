import { hash as bcrypt } from '@node-rs/bcrypt';
import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import { importUsers } from './import-users.ts';
import { acceptInvitation } from './index.ts';
import { identityJobs } from './jobs.ts';
import { code, identityWorld, NOW, OTHER } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, makeTenant, mailedToken, asSuperuser, tryLogIn } = world;

async function* piecesOf(text: string, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const send = (tenantId: string, text: string, { invite = false, actor = operator, size = 1_000 } = {}) =>
  importUsers(deps, { tenantId, actor, pieces: piecesOf(text, size), invite, now: NOW });

const usersOf = (tenantId: string) =>
  asSuperuser<{ email: string; status: string }>(
    'select email, full_name, role, status, password_hash from tenantry.users where tenant_id = $1 order by email',
    [tenantId],
  );

const HEADER = 'email,full_name,role\n';

describe('a list of users', () => {
  it('INT-18: good rows are provisioned, and each bad one is told with its row number and all that is wrong', async () => {
    const tenant = await makeTenant();
    const rows = [
      'ann@acme.example,Ann,admin',
      'ben,,user',
      'cem@acme.example,"Cem, jun.",boss',
      'ANN@acme.example,A,user',
    ];
    const report = await send(tenant.id, `${HEADER}${rows.join('\r\n')}\r\n`);
    expect(report).toMatchObject({ rows: 4, created: 1, existing: 0, faultsTotal: 3 });
    expect(report.faults).toEqual([
      { row: 3, email: 'ben', problem: '"ben" is no e-mail address; the full name is missing' },
      { row: 4, email: 'cem@acme.example', problem: 'the role "boss" is not one of admin, user' },
      { row: 5, email: 'ANN@acme.example', problem: 'row 2 has the same e-mail address' },
    ]);
    expect(await usersOf(tenant.id)).toEqual([
      { email: 'ann@acme.example', full_name: 'Ann', role: 'admin', status: 'invited', password_hash: null },
    ]);
  });

  it('LIFE-29: may be sent again: who is there stays as they are, and only the new ones are made', async () => {
    const tenant = await makeTenant();
    await send(tenant.id, `${HEADER}ann@acme.example,Ann,admin\n`);
    const again = await send(tenant.id, `${HEADER}Ann@ACME.example,Other Name,user\nben@acme.example,Ben,user\n`);
    expect(again).toMatchObject({ rows: 2, created: 1, existing: 1, faultsTotal: 0 });
    expect(await usersOf(tenant.id)).toMatchObject([{ full_name: 'Ann', role: 'admin' }, { full_name: 'Ben' }]);
  });

  it('CH-79, REG-14: may bring bcrypt hashes, whose users log in as before; a hash that is none is not repeated', async () => {
    const tenant = await makeTenant();
    const hash = await bcrypt('old but long password', { cost: 6 });
    const rows = [
      `ann@acme.example,Ann,admin,${hash}`,
      'ben@acme.example,Ben,user,',
      'cem@acme.example,Cem,user,s3cr3t',
    ];
    const report = await send(tenant.id, `email,full_name,role,password_hash\n${rows.join('\n')}`);
    expect(report).toMatchObject({ created: 2, faultsTotal: 1 });
    expect(JSON.stringify(report)).not.toContain('s3cr3t');
    expect(await usersOf(tenant.id)).toMatchObject([{ status: 'active' }, { status: 'invited', password_hash: null }]);
    const login = await tryLogIn(tenant, 'ann@acme.example', new Secret('old but long password'));
    expect(login).toMatchObject({ outcome: 'accepted' });
    expect(JSON.stringify(await usersOf(tenant.id))).toContain('$argon2id$');
  });

  it.each([`$2b$15$${'a'.repeat(53)}`, `$2b$03$${'a'.repeat(53)}`, '$1$abc', '$argon2i$x'])(
    'does not bring %s',
    async (hash) => {
      const tenant = await makeTenant();
      const report = await send(tenant.id, `email,full_name,role,password_hash\nann@acme.example,Ann,admin,${hash}`);
      expect(report.faults).toEqual([
        { row: 2, email: 'ann@acme.example', problem: expect.stringContaining('bcrypt') },
      ]);
    },
  );

  it('stops at the limit of the plan and names the rows that found no place', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const rows = Array.from({ length: 7 }, (_, n) => `u${n}@acme.example,User ${n},user`);
    const report = await send(tenant.id, HEADER + rows.join('\n'));
    expect(report).toMatchObject({ created: 5, faultsTotal: 2 });
    expect(report.faults.map(({ row }) => row)).toEqual([7, 8]);
  });

  it('two lists at once do not pass the limit together', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const list = (name: string) =>
      HEADER + Array.from({ length: 4 }, (_, n) => `${name}${n}@acme.example,U,user`).join('\n');
    const both = await Promise.all([send(tenant.id, list('a')), send(tenant.id, list('b'))]);
    expect(both.map(({ created }) => created).sort()).toEqual([1, 4]);
  });

  it('hashes nothing', async () => {
    const tenant = await makeTenant();
    const before = { ...deps.hasher.work };
    await send(tenant.id, `${HEADER}ann@acme.example,Ann,admin\n`);
    expect(deps.hasher.work).toEqual(before);
  });

  it('whose users are to be invited mails each of them once, and they can accept', async () => {
    const tenant = await makeTenant();
    const rows = Array.from({ length: 60 }, (_, n) => `u${n}@acme.example,User ${n},user`);
    await send(tenant.id, HEADER + rows.join('\n'), { invite: true });
    for (let job = world.jobs.shift(); job !== undefined; job = world.jobs.shift()) {
      await identityJobs(deps, () => NOW)[job.task](job.payload);
    }
    const mailed = world.mails.filter(({ tenantId }) => tenantId === tenant.id).map(({ to }) => to);
    expect([mailed.length, new Set(mailed).size]).toEqual([60, 60]);
    const token = await mailedToken('invitation', 'u7@acme.example');
    await acceptInvitation(deps, { token, password: OTHER, now: NOW });
    expect(await tryLogIn(tenant, 'u7@acme.example', OTHER)).toMatchObject({ outcome: 'accepted' });
  });

  it('text is put together right where the network cuts a character in two', async () => {
    const tenant = await makeTenant();
    await send(tenant.id, `${HEADER}soren@acme.example,Søren Åström,user\n`, { size: 1 });
    expect(await usersOf(tenant.id)).toMatchObject([{ full_name: 'Søren Åström' }]);
  });

  it.each([
    ['without a header', 'ann@acme.example,Ann,admin\n'],
    ['that is empty', ''],
    ['with a quote that is not closed', `${HEADER}"ann@acme.example,Ann,admin\n`],
  ])('%s is refused', async (_what, text) => {
    const tenant = await makeTenant();
    await expect(send(tenant.id, text)).rejects.toThrow(code('request.invalid'));
    expect(await usersOf(tenant.id)).toEqual([]);
  });

  it('that is not UTF-8 is refused', async () => {
    const tenant = await makeTenant();
    const pieces = (async function* () {
      yield Buffer.from([0x65, 0xff, 0xfe, 0x0a]);
    })();
    const sent = importUsers(deps, { tenantId: tenant.id, actor: operator, pieces, invite: false, now: NOW });
    await expect(sent).rejects.toThrow(code('request.invalid'));
  });

  it('past 100,000 rows is refused, and is not taken from who may only read', async () => {
    const tenant = await makeTenant({ plan: 'enterprise', status: 'onboarding' });
    const many = `${HEADER}${'x,y,z\n'.repeat(100_001)}`;
    await expect(send(tenant.id, many, { size: 65_536 })).rejects.toThrow(code('request.too_large'));
    const reader = { ...operator, scopes: ['tenants:read'] as const };
    await expect(send(tenant.id, HEADER, { actor: reader as typeof operator })).rejects.toThrow(
      code('access.forbidden'),
    );
  });

  it('of ten thousand is taken in within seconds, and counts right', async () => {
    const tenant = await makeTenant({ plan: 'enterprise', status: 'onboarding' });
    const rows = Array.from({ length: 10_000 }, (_, n) => `u${n}@acme.example,User ${n},user`);
    expect(await send(tenant.id, HEADER + rows.join('\n'), { size: 65_536 })).toMatchObject({ created: 10_000 });
    expect(await usersOf(tenant.id)).toHaveLength(10_000);
  });
});
