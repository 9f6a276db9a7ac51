import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import { codeAt } from './core/totp.ts';
import {
  checkSecondFactor,
  confirmTotp,
  findSession,
  listRecoveryCodes,
  resetPassword,
  resetSecondFactor,
  setTenantPolicy,
  startTotp,
  verifySecondFactor,
} from './index.ts';
import { sendPasswordReset } from './reset-password.ts';
import {
  code,
  freshAddress,
  GOOD,
  HOUR,
  identityWorld,
  later,
  type Member,
  MINUTE,
  NOW,
  OTHER,
} from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, doing, makeTenant, makeMember, openSession, tryLogIn, mailedToken, asSuperuser, actionsOf } =
  identityWorld(test);

const codeOf = (key: Secret, at: Date, drift = 0): string =>
  codeAt(key.reveal(), Math.floor(at.getTime() / 30_000) + drift);

const nameOf = ({ tenant, user }: Pick<Member, 'tenant' | 'user'>) => ({ tenantId: tenant.id, userId: user.id });

async function enrolled() {
  const member = await makeMember(await makeTenant());
  const { key } = await startTotp(deps, { ...nameOf(member), now: NOW });
  const codes = await confirmTotp(deps, { ...nameOf(member), code: codeOf(key, NOW), now: NOW });
  if (codes === undefined) throw new Error('the first code was refused');
  return { ...member, key, codes };
}

type Enrolled = Awaited<ReturnType<typeof enrolled>>;
const check = (member: Enrolled, text: string, at = later(MINUTE)) =>
  verifySecondFactor(deps, { ...nameOf(member), code: text, now: at });

describe('setting up', () => {
  it('shows the secret as address, text and picture; it stands sealed in the vault and nowhere else', async () => {
    const member = await makeMember(await makeTenant());
    const { uri, key, picture } = await startTotp(deps, { ...nameOf(member), now: NOW });
    expect(uri.reveal()).toMatch(/^otpauth:\/\/totp\/CutListCreator:/);
    expect(uri.reveal()).toContain(key.reveal());
    expect(picture.reveal()).toMatch(/^data:image\/png;base64,/);
    const [row] = await asSuperuser('select * from tenantry.user_totp where user_id = $1', [member.user.id]);
    expect(JSON.stringify(row)).not.toContain(key.reveal());
  });

  it('counts for nothing until a code was entered', async () => {
    const member = await makeMember(await makeTenant());
    const { key } = await startTotp(deps, { ...nameOf(member), now: NOW });
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({ next: 'none' });
    expect(await confirmTotp(deps, { ...nameOf(member), code: '000000', now: NOW })).toBeUndefined();
    expect(await confirmTotp(deps, { ...nameOf(member), code: codeOf(key, NOW), now: NOW })).toHaveLength(10);
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({ next: 'second_factor' });
  });

  it('is not done again over one that is in use', async () => {
    const member = await enrolled();
    await expect(startTotp(deps, { ...nameOf(member), now: NOW })).rejects.toThrow(code('user.second_factor_set'));
    const again = confirmTotp(deps, { ...nameOf(member), code: codeOf(member.key, NOW), now: NOW });
    await expect(again).rejects.toThrow(code('user.second_factor_set'));
  });
});

describe('a code of the app', () => {
  it('is accepted once, also when it comes twice at once', async () => {
    const member = await enrolled();
    const text = codeOf(member.key, later(MINUTE));
    const both = await Promise.all([check(member, text), check(member, text)]);
    expect(both.map(({ accepted }) => accepted).sort()).toEqual([false, true]);
    expect(await check(member, text)).toMatchObject({ accepted: false, hint: expect.stringContaining('used') });
  });

  it('that confirmed the set-up does not log in as well', async () => {
    const member = await enrolled();
    expect(await check(member, codeOf(member.key, NOW), NOW)).toMatchObject({ accepted: false });
  });

  it('may be a step early or late; five minutes off is refused with a hint about the clock', async () => {
    const member = await enrolled();
    const at = later(HOUR);
    expect(await check(member, codeOf(member.key, at, -10), at)).toEqual({
      accepted: false,
      hint: expect.stringContaining('clock'),
    });
    expect(await check(member, codeOf(member.key, at, -1), at)).toEqual({ accepted: true, by: 'totp' });
    expect(await check(member, codeOf(member.key, at, 1), at)).toEqual({ accepted: true, by: 'totp' });
  });

  it('cannot be guessed: after five tries each next one has to wait, and the user is not shut out for good', async () => {
    const member = await enrolled();
    const guess = () => check(member, '000000');
    for (let n = 0; n < 5; n++) expect(await guess()).toMatchObject({ accepted: false });
    await expect(guess()).rejects.toThrow(code('request.throttled'));
    const at = later(HOUR);
    expect(await check(member, codeOf(member.key, at), at)).toMatchObject({ accepted: true });
  });

  it('of the right person at a known address does not wait for somebody elsewhere who guesses', async () => {
    const member = await enrolled();
    const home = freshAddress();
    await openSession(member, { amr: ['pwd', 'otp'], address: home });
    const at = later(MINUTE);
    const enter = (text: string, address: string) =>
      verifySecondFactor(deps, { ...nameOf(member), code: text, now: at, address });
    for (let n = 0; n < 5; n++) await enter('000000', freshAddress());
    await expect(enter('000000', freshAddress())).rejects.toThrow(code('request.throttled'));
    expect(await enter(codeOf(member.key, at), home)).toMatchObject({ accepted: true });
  });

  it('of one user opens no other', async () => {
    const [one, two] = [await enrolled(), await enrolled()];
    expect(await check(two, codeOf(one.key, later(MINUTE)))).toMatchObject({ accepted: false });
  });
});

describe('recovery codes', () => {
  it('are ten, each works once, however it is typed', async () => {
    const member = await enrolled();
    const [first = GOOD, second = GOOD] = member.codes;
    const listed = () => doing((ctx) => listRecoveryCodes(ctx, nameOf(member)));
    expect(await listed()).toEqual({ left: 10, used: [] });
    expect(await check(member, first.reveal().toUpperCase())).toEqual({ accepted: true, by: 'recovery_code' });
    expect(await check(member, first.reveal())).toEqual({ accepted: false });
    expect(await check(member, ` ${second.reveal().replaceAll('-', '')} `)).toMatchObject({ accepted: true });
    expect(await listed()).toMatchObject({ left: 8 });
  });

  it('one at once from two places is accepted in one', async () => {
    const member = await enrolled();
    const [first = GOOD] = member.codes;
    const both = await Promise.all([check(member, first.reveal()), check(member, first.reveal())]);
    expect(both.map(({ accepted }) => accepted).sort()).toEqual([false, true]);
  });

  it('are kept as hashes', async () => {
    const member = await enrolled();
    const rows = await asSuperuser('select * from tenantry.user_recovery_codes where user_id = $1', [member.user.id]);
    expect(rows).toHaveLength(10);
    for (const one of member.codes) expect(JSON.stringify(rows)).not.toContain(one.reveal());
  });

  it('of one user open no other', async () => {
    const [one, two] = [await enrolled(), await enrolled()];
    expect(await check(two, one.codes[0]?.reveal() ?? '')).toEqual({ accepted: false });
  });
});

describe('the second factor is not skippable', () => {
  it.each([
    ['a password alone', ['pwd']],
    ['another identity provider', ['sso']],
    ['a reset', ['pwd', 'reset']],
  ])('by %s', async (_what, amr) => {
    const member = await enrolled();
    await expect(openSession(member, { amr })).rejects.toThrow(code('user.second_factor_required'));
    await expect(openSession(member, { amr: [...amr, 'otp'] })).resolves.toMatchObject({ token: expect.any(Secret) });
  });

  it('by a new password: the reset leaves it in place and asks for it at the next log-in', async () => {
    const member = await enrolled();
    await sendPasswordReset(deps, member.tenant.id, member.user.id, NOW);
    const token = await mailedToken('reset-password', member.user.email);
    await resetPassword(deps, { token, password: OTHER, now: NOW });
    expect(await tryLogIn(member.tenant, member.user.email, OTHER)).toMatchObject({ next: 'second_factor' });
  });

  it('by having none where the tenant demands one', async () => {
    const member = await makeMember(await makeTenant());
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: member.tenant.id, changes: { mfaRequired: true } }));
    await expect(openSession(member)).rejects.toThrow(code('user.second_factor_required'));
  });

  it('by a temporary password: the factor is asked first, the change after it', async () => {
    const member = await enrolled();
    await asSuperuser('update tenantry.users set must_change_password = true where id = $1', [member.user.id]);
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({
      next: 'second_factor',
      user: { mustChangePassword: true },
    });
    const session = openSession(member, { amr: ['pwd', 'otp'] });
    await expect(session).rejects.toThrow(code('user.password_change_required'));
  });
});

describe('a second factor that was lost', () => {
  const reset = (member: Enrolled, reason = 'called back on the number we know', actor = operator) =>
    doing((ctx) => resetSecondFactor(ctx, { ...nameOf(member), reason }), actor);

  it('is taken away with a reason, which is written down, and every session ends', async () => {
    const member = await enrolled();
    const { token } = await openSession(member, { amr: ['pwd', 'otp'] });
    expect([await reset(member), await reset(member)]).toEqual([true, false]);
    expect(await findSession(deps, token, NOW)).toBeUndefined();
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({ next: 'none' });
    expect(await checkSecondFactor(deps, { ...nameOf(member), code: codeOf(member.key, NOW, 1), now: NOW })).toBe(
      false,
    );
    expect(await actionsOf(member.tenant.id)).toContain('user.second_factor_reset');
    const sealed = await asSuperuser(
      "select id from tenantry.vault_entries where owner_id = $1 and label like 'authenticator%' and revoked_at is null",
      [member.user.id],
    );
    expect(sealed).toEqual([]);
  });

  it('is not taken away without a reason, by who may not, or in another tenant', async () => {
    const [member, stranger] = [await enrolled(), await makeMember(await makeTenant())];
    await expect(reset(member, '  ')).rejects.toThrow(code('request.invalid'));
    const reader = { ...operator, scopes: ['tenants:read'] as const };
    await expect(reset(member, 'lost', reader)).rejects.toThrow(code('access.forbidden'));
    const elsewhere = doing((ctx) =>
      resetSecondFactor(ctx, { tenantId: stranger.tenant.id, userId: member.user.id, reason: 'lost' }),
    );
    await expect(elsewhere).rejects.toThrow(code('user.not_found'));
  });
});
