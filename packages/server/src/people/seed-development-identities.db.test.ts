import { describe, expect, it } from 'vitest';
import { type Ctx, systemActor } from '../access/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { createPerson, type DevelopmentIdentity, keyAuthenticator, seedDevelopmentIdentities } from './index.ts';

const { database, asSuperuser } = await cloneDatabase();
const now = new Date('2026-11-20T09:00:00Z');

const LEAD: DevelopmentIdentity = {
  name: 'Lena Lead',
  email: 'lead@development.example',
  party: 'vendor',
  roles: ['engineering_lead'],
  key: { name: 'development', scopes: ['runs:read', 'runs:write'] },
};
const MANAGER: DevelopmentIdentity = { ...LEAD, name: 'Mo Manager', email: 'csm@development.example', roles: ['csm'] };

const seed = (identities: readonly DevelopmentIdentity[], options = {}) =>
  database.transaction('operator', (tx) =>
    seedDevelopmentIdentities({ tx, actor: systemActor('setup'), now } satisfies Ctx, identities, options),
  );

describe('seedDevelopmentIdentities', () => {
  it('makes each once, however often and by however many processes it is called', async () => {
    const runs = await Promise.all([seed([LEAD, MANAGER]), seed([LEAD, MANAGER])]);
    const again = await seed([LEAD, MANAGER]);

    const keys = runs.flat().flatMap(({ key }) => (key === undefined ? [] : [key]));
    expect(keys).toHaveLength(2);
    expect(again.map(({ id, key }) => [id, key])).toEqual(runs[0]?.map(({ id }) => [id, undefined]));
    const rows = await asSuperuser<{ development: boolean }>('select development from tenantry.people');
    expect(rows).toEqual([{ development: true }, { development: true }]);
  });

  it('issues a new key when asked, and the key says that it is a development identity', async () => {
    const [seeded] = await seed([LEAD], { reissueKeys: true });
    const keys = keyAuthenticator({ database, now: () => now });
    expect(await keys.authenticate(seeded?.key ?? '')).toMatchObject({
      development: true,
      roles: ['engineering_lead'],
    });
    await keys.close();
  });

  it('never takes over the address of a real person', async () => {
    const real = { name: 'Real', email: 'real@vendor.example', party: 'vendor' } as const;
    await database.transaction('operator', (tx) => createPerson({ tx, actor: systemActor('setup'), now }, real));
    await expect(seed([{ ...LEAD, email: 'Real@vendor.example' }])).rejects.toMatchObject({
      code: 'access.email_taken',
    });
  });
});
