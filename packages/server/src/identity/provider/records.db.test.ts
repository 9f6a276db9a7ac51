import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { storeCutlist } from '../../tenants/testing/registry.ts';
import { identityWorld } from '../testing/world.ts';
import { hashId, purgeRecords, recordAdapter } from './records.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const adapterOf = recordAdapter(test.database);
const MINUTE = 60;
/** Of a user who was deleted meanwhile. */
const NOBODY = '11111111-1111-4111-8111-111111111111';

describe('records of the provider', () => {
  it('come back as they were written, under the id that asked, until they expire', async () => {
    const codes = adapterOf('AuthorizationCode');
    await codes.upsert('abc', { grantId: 'g1', scope: 'openid' }, MINUTE);
    expect(await codes.find('abc')).toEqual({ grantId: 'g1', scope: 'openid', jti: 'abc' });
    expect(await codes.find('abd')).toBeUndefined();
    expect(await adapterOf('RefreshToken').find('abc')).toBeUndefined();
    await codes.upsert('old', { grantId: 'g1' }, -1);
    expect(await codes.find('old')).toBeUndefined();
  });

  it('a session found by its uid can be ended by it, and its cookie stays unknown', async () => {
    const sessions = adapterOf('Session');
    await sessions.upsert('cookie', { uid: 'u1', accountId: NOBODY, jti: 'cookie' }, MINUTE);
    const found = await sessions.findByUid('u1');
    expect(JSON.stringify(found)).not.toContain('cookie');
    await expect(sessions.upsert(found?.jti ?? '', { uid: 'u1' }, MINUTE)).rejects.toThrow('only be read or ended');
    expect(await sessions.find('uid:u1')).toBeUndefined();
    await sessions.destroy(found?.jti ?? '');
    expect(await sessions.find('cookie')).toBeUndefined();
  });

  it('are used once: a second use ends the grant and everything made from it', async () => {
    const refresh = adapterOf('RefreshToken');
    await adapterOf('Grant').upsert('g2', { accountId: NOBODY }, MINUTE);
    await refresh.upsert('r1', { grantId: 'g2' }, MINUTE);
    await refresh.upsert('r2', { grantId: 'g2' }, MINUTE);
    await refresh.consume('r1');
    expect((await refresh.find('r1'))?.consumed).toEqual(expect.any(Number));
    await expect(refresh.consume('r1')).rejects.toMatchObject({ error: 'invalid_grant' });
    expect([await refresh.find('r2'), await adapterOf('Grant').find('g2')]).toEqual([undefined, undefined]);
  });

  it('an interaction does not keep the cookie of the session it began in', async () => {
    await adapterOf('Interaction').upsert('i1', { session: { accountId: 'a', uid: 'u9', cookie: 'secret' } }, MINUTE);
    expect((await adapterOf('Interaction').find('i1'))?.session).toEqual({ accountId: 'a', uid: 'u9' });
  });

  it('die with their user, and with their tenant', async () => {
    const tenant = await world.makeTenant();
    const [one, two] = [await world.makeMember(tenant), await world.makeMember(tenant)];
    const tokens = adapterOf('RefreshToken');
    await tokens.upsert('of-one', { accountId: one.user.id, grantId: 'a' }, MINUTE);
    await tokens.upsert('of-two', { accountId: two.user.id, grantId: 'b' }, MINUTE);
    await test.asSuperuser('delete from tenantry.users where id = $1', [one.user.id]);
    expect([await tokens.find('of-one'), (await tokens.find('of-two'))?.grantId]).toEqual([undefined, 'b']);
    const [row] = await test.asSuperuser<{ tenant_id: string }>(
      'select tenant_id from tenantry.oidc_records where id_hash = $1',
      [hashId('of-two')],
    );
    expect(row?.tenant_id).toBe(tenant.id);
  });

  it('are forgotten when they have expired, and none before', async () => {
    const codes = adapterOf('AuthorizationCode');
    await codes.upsert('expired', {}, -10);
    await codes.upsert('alive', {}, MINUTE);
    const purge = (): Promise<number> =>
      test.database.transaction('worker', (tx) => purgeRecords(tx, { now: new Date() }));
    expect(await purge()).toBeGreaterThan(0);
    expect(await purge()).toBe(0);
    expect(await codes.find('alive')).toBeDefined();
  });
});
