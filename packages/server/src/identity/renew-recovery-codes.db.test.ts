import { describe, expect, it } from 'vitest';
import type { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { codeAt } from './core/totp.ts';
import {
  confirmTotp,
  type RecoveryRenewal,
  renewRecoveryCodes,
  setTenantPolicy,
  startTotp,
  verifySecondFactor,
} from './index.ts';
import { code, freshAddress, GOOD, identityWorld, later, type Member, MINUTE, NOW, OTHER } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, makeTenant, makeMember, actionsOf, asSuperuser } = world;

const nameOf = ({ tenant, user }: Pick<Member, 'tenant' | 'user'>) => ({ tenantId: tenant.id, userId: user.id });
const codeOf = (key: Secret, at: Date): string => codeAt(key.reveal(), Math.floor(at.getTime() / 30_000));

async function enrolled() {
  const member = await makeMember(await makeTenant());
  const { key } = await startTotp(deps, { ...nameOf(member), now: NOW });
  const codes = await confirmTotp(deps, { ...nameOf(member), code: codeOf(key, NOW), now: NOW });
  if (codes === undefined) throw new Error('the first code was refused');
  return { ...member, key, codes };
}

const LATER = later(MINUTE);
const sessionUser = ({ user }: Pick<Member, 'user'>) => ({ ...user, emailVerified: true });
const renew = (member: Pick<Member, 'user'>, proof: RecoveryRenewal['proof'], now = LATER) =>
  renewRecoveryCodes(deps, { user: sessionUser(member), proof, address: freshAddress(), now });
const accepts = async (member: Member, one: Secret | undefined, now = later(2 * MINUTE)): Promise<boolean> =>
  (await verifySecondFactor(deps, { ...nameOf(member), code: one?.reveal() ?? '', now })).accepted;

describe('new recovery codes', () => {
  it.each(['password', 'code'] as const)('are made with the %s, and end the old ones at once', async (by) => {
    const member = await enrolled();
    const proof = by === 'password' ? { password: GOOD } : { code: codeOf(member.key, LATER) };
    const fresh = await renew(member, proof);
    expect(fresh).toHaveLength(10);
    for (const old of member.codes.slice(0, 3)) expect(await accepts(member, old)).toBe(false);
    expect(await accepts(member, fresh[0])).toBe(true);
    expect(await accepts(member, fresh[0])).toBe(false);
  });

  it('are audited by how the user proved it was them, and told by mail, without the codes', async () => {
    const member = await enrolled();
    const fresh = await renew(member, { password: GOOD });
    expect(await actionsOf(member.tenant.id)).toContain('user.recovery_codes_renewed');
    expect(world.mails.at(-1)).toMatchObject({ template: 'recovery-codes-renewed', to: member.user.email });
    const rows = await asSuperuser('select payload from tenantry.audit_log where tenant_id = $1', [member.tenant.id]);
    for (const one of fresh) {
      expect(JSON.stringify([rows, world.mails.at(-1)])).not.toContain(one.reveal());
    }
  });

  it.each([
    ['a wrong password', () => ({ password: OTHER }), 'user.login_refused'],
    ['a wrong code', () => ({ code: '000000' }), 'user.second_factor_refused'],
    [
      'a recovery code, which stays unspent',
      (member: Awaited<ReturnType<typeof enrolled>>) => ({ code: member.codes[0]?.reveal() ?? '' }),
      'user.second_factor_refused',
    ],
  ] as const)('are refused to %s', async (_what, proofOf, expected) => {
    const member = await enrolled();
    const mails = world.mails.length;
    await expect(renew(member, proofOf(member))).rejects.toThrow(code(expected));
    expect(world.mails).toHaveLength(mails);
    expect(await accepts(member, member.codes[0])).toBe(true);
  });

  it('take no code of the app a second time', async () => {
    const member = await enrolled();
    await renew(member, { code: codeOf(member.key, LATER) });
    await expect(renew(member, { code: codeOf(member.key, LATER) })).rejects.toThrow(
      code('user.second_factor_refused'),
    );
  });

  it('are refused to who has no second factor, and the guesses at a password slow down', async () => {
    const member = await makeMember(await makeTenant());
    await expect(renew(member, { password: GOOD })).rejects.toThrow(code('request.invalid'));
    const other = await enrolled();
    for (let n = 0; n < 6; n++) await renew(other, { password: OTHER }).catch(() => undefined);
    await expect(renew(other, { password: GOOD })).rejects.toThrow(code('request.throttled'));
  });

  it('group 10: are not made by password where the tenant has passwords off; a code of the app does it', async () => {
    const member = await enrolled();
    const changes = { passwordsEnabled: false };
    await world.doing((ctx) => setTenantPolicy(ctx, { tenantId: member.tenant.id, changes }));
    await expect(renew(member, { password: GOOD })).rejects.toThrow(code('user.login_refused'));
    expect(await renew(member, { code: codeOf(member.key, LATER) })).toHaveLength(10);
  });

  it('of one user leave those of another, of the same address in another tenant, as they are', async () => {
    const one = await enrolled();
    const other = await enrolled();
    await asSuperuser('update tenantry.users set email = $2 where id = $1', [other.user.id, one.user.email]);
    await renew(one, { password: GOOD });
    expect(await accepts(other, other.codes[0])).toBe(true);
  });
});
