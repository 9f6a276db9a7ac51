import { describe, expect, it } from 'vitest';
import type { PersonActor } from '../access/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { openAccess, readTenant } from '../tenants/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import { shutOut } from './emergency.ts';
import { findSession, logIn } from './index.ts';
import { code, freshAddress, identityWorld, later, NOW } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, doing, makeTenant, makeMember, openSession, actionsOf } = identityWorld(test);

const logInAs = ({ tenant, user, password }: Awaited<ReturnType<typeof makeMember>>) =>
  logIn(deps, { tenantId: tenant.id, email: user.email, password, address: freshAddress(), now: NOW });
const read = (id: string) => doing((ctx) => readTenant(ctx, id));

describe('an emergency', () => {
  it('VAL-13: shuts everybody of one tenant out at once, and opening again restores what was', async () => {
    const [one, other] = [await makeMember(await makeTenant()), await makeMember(await makeTenant())];
    const [mine, theirs] = [await openSession(one), await openSession(other)];
    const before = await read(one.tenant.id);
    const change = await doing((ctx) => shutOut(ctx, { tenant: one.tenant.slug, reason: 'isolation in doubt' }));
    expect(change.tenants).toEqual([{ id: one.tenant.id, slug: one.tenant.slug }]);
    expect(await findSession(deps, mine.token, later(1))).toBeUndefined();
    expect(await logInAs(one)).toMatchObject({ outcome: 'refused', reason: 'tenant_closed' });
    expect(await findSession(deps, theirs.token, later(1))).toBeDefined();
    expect(await logInAs(other)).toMatchObject({ outcome: 'accepted' });
    expect(await doing((ctx) => shutOut(ctx, { tenant: one.tenant.id, reason: 'once more' }))).toEqual({ tenants: [] });

    await doing((ctx) => openAccess(ctx, { tenant: one.tenant.id, reason: 'it was not' }));
    expect(await logInAs(one)).toMatchObject({ outcome: 'accepted' });
    expect(await findSession(deps, mine.token, later(2))).toBeUndefined();
    const { updatedAt: _, ...after } = await read(one.tenant.id);
    expect(before).toMatchObject(after);
    expect(await actionsOf(one.tenant.id)).toEqual(
      expect.arrayContaining(['tenant.access_closed', 'user.session_ended', 'tenant.access_opened']),
    );
  });

  it('LIFE-34: shuts every tenant out in one act, for somebody who reaches them all', async () => {
    const members = [await makeMember(await makeTenant()), await makeMember(await makeTenant())];
    const confined: PersonActor = {
      ...operator,
      grants: [{ role: 'engineer', productId: 'cutlist', clientId: null }],
    };
    await expect(doing((ctx) => shutOut({ ...ctx, actor: confined }, { reason: 'not mine to say' }))).rejects.toEqual(
      code('access.forbidden'),
    );
    await doing((ctx) => shutOut(ctx, { reason: 'isolation in doubt' }));
    for (const member of members) expect(await logInAs(member)).toMatchObject({ reason: 'tenant_closed' });
    await doing((ctx) => openAccess(ctx, { reason: 'proven' }));
    for (const member of members) expect(await logInAs(member)).toMatchObject({ outcome: 'accepted' });
  });

  it('is nobody else’s to declare', async () => {
    const { tenant } = await makeMember(await makeTenant());
    const reader: PersonActor = { ...operator, scopes: ['tenants:read'] };
    await expect(
      doing((ctx) => shutOut({ ...ctx, actor: reader }, { tenant: tenant.id, reason: 'only looking' })),
    ).rejects.toEqual(code('access.forbidden'));
  });
});
