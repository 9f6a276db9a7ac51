import { describe, expect, it, onTestFinished } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { setStatus } from '../tenants/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import type { EndedSession } from './authentication.ts';
import {
  endSession,
  endSessionsOf,
  findSession,
  listSessions,
  onSessionEnded,
  purgeIdentity,
  rotateSession,
  setTenantPolicy,
  sweepSessions,
} from './index.ts';
import { code, DAY, HOUR, identityWorld, later, MINUTE, NOW } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, doing, makeTenant, makeMember, openSession, asSuperuser, actionsOf } = identityWorld(test);

const find = (token: Parameters<typeof findSession>[1], ms = 0, options = {}) =>
  findSession(deps, token, later(ms), options);

const member = async () => makeMember(await makeTenant());

function listening(): EndedSession[] {
  const ended: EndedSession[] = [];
  onTestFinished(onSessionEnded(async (_ctx, one) => void ended.push(one)));
  return ended;
}

describe('a session', () => {
  it('is found by its token, which is kept as a hash of 32 random bytes and printed nowhere', async () => {
    const { tenant, user } = await member();
    const { token, sessionId } = await openSession({ tenant, user });
    expect(Buffer.from(token.reveal(), 'base64url')).toHaveLength(32);
    expect(await find(token)).toMatchObject({ id: sessionId, kind: 'browser', amr: ['pwd'], user: { id: user.id } });
    const [row] = await asSuperuser('select * from tenantry.user_sessions where id = $1', [sessionId]);
    expect(JSON.stringify(row)).not.toContain(token.reveal());
    expect(String(token)).toBe('[redacted]');
  });

  it.each(['', 'x', 'A'.repeat(43), '0'.repeat(100_000)])('no other text opens one', async (text) => {
    await openSession(await member());
    expect(await find(text)).toBeUndefined();
  });

  it('VAL-10, IDN-05: ends after 30 idle minutes, and 12 hours after the log-in however busy', async () => {
    const [idle, busy] = [await openSession(await member()), await openSession(await member())];
    expect(await find(idle.token, 30 * MINUTE - 1)).toBeDefined();
    expect(await find(idle.token, 60 * MINUTE)).toBeUndefined();
    for (let at = 0; at < 12 * HOUR; at += 20 * MINUTE) expect(await find(busy.token, at)).toBeDefined();
    expect(await find(busy.token, 12 * HOUR)).toBeUndefined();
    expect(await find(busy.token, 0)).toBeUndefined();
  });

  it('ends at the times the tenant chose, also when they were chosen since', async () => {
    const { tenant, user } = await member();
    const { token } = await openSession({ tenant, user });
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { idleMs: 5 * MINUTE } }));
    expect(await find(token, 5 * MINUTE)).toBeUndefined();
  });

  it('gets a new token when its rights grow, and the one before opens nothing', async () => {
    const { tenant, user } = await member();
    const { token, sessionId } = await openSession({ tenant, user });
    const rotated = await doing((ctx) => rotateSession(ctx, { tenantId: tenant.id, sessionId, amr: ['pwd', 'otp'] }));
    expect(await find(token)).toBeUndefined();
    expect(await find(rotated.token)).toMatchObject({ id: sessionId, amr: ['pwd', 'otp'] });
  });

  it('two log-ins never share a token: one that was planted before a log-in is worth nothing after it', async () => {
    const { tenant, user } = await member();
    const [one, two] = [await openSession({ tenant, user }), await openSession({ tenant, user })];
    expect(one.token.reveal()).not.toBe(two.token.reveal());
  });

  it.each([
    ['the user is disabled', 'user_disabled', "update tenantry.users set status = 'disabled' where id = $1"],
    ['the tenant demands a second factor it lacks', 'policy_changed', undefined],
  ])('ends at its next use when %s', async (_what, reason, statement) => {
    const ended = listening();
    const { tenant, user } = await member();
    const { token, sessionId } = await openSession({ tenant, user });
    if (statement !== undefined) await asSuperuser(statement, [user.id]);
    else await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { mfaRequired: true } }));
    expect(await find(token)).toBeUndefined();
    expect(ended).toEqual([{ sessionId, tenantId: tenant.id, userId: user.id, reason }]);
  });

  it('ends at its next use when the tenant is closed', async () => {
    const { tenant, user } = await member();
    const { token } = await openSession({ tenant, user });
    const change = { tenantId: tenant.id, status: 'suspended', accessMode: 'blocked', reason: 'unpaid' } as const;
    await doing((ctx) => setStatus(ctx, change));
    expect(await find(token)).toBeUndefined();
  });

  it('ends when it is used from an address the tenant does not allow', async () => {
    const { tenant, user } = await member();
    const { token } = await openSession({ tenant, user });
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { ipAllow: ['192.0.2.0/24'] } }));
    expect(await find(token, 0, { address: '192.0.2.1' })).toBeDefined();
    expect(await find(token, 0, { address: '192.0.3.1' })).toBeUndefined();
    expect(await find(token, 0, { address: '192.0.2.1' })).toBeUndefined();
  });
});

describe('the sessions of a user', () => {
  it('are listed with device, address and last use, without their tokens', async () => {
    const { tenant, user } = await member();
    const { token, sessionId } = await openSession({ tenant, user }, { address: '192.0.2.44' });
    await find(token, 10 * MINUTE);
    const listed = await doing((ctx) => listSessions(ctx, { tenantId: tenant.id, userId: user.id }));
    expect(listed).toEqual([
      expect.objectContaining({
        id: sessionId,
        address: '192.0.2.44',
        userAgent: 'Firefox on Linux',
        lastSeenAt: later(10 * MINUTE),
      }),
    ]);
    expect(JSON.stringify(listed)).not.toContain(token.reveal());
  });

  it('are not listed once they have run out', async () => {
    const { tenant, user } = await member();
    await openSession({ tenant, user });
    const at = (ms: number) =>
      doing((ctx) => listSessions(ctx, { tenantId: tenant.id, userId: user.id }), operator, later(ms));
    expect(await at(0)).toHaveLength(1);
    expect(await at(31 * MINUTE)).toEqual([]);
  });

  it('one is revoked at once, the others stay', async () => {
    const ended = listening();
    const { tenant, user } = await member();
    const [one, two] = [await openSession({ tenant, user }), await openSession({ tenant, user })];
    const end = () =>
      doing((ctx) => endSession(ctx, { tenantId: tenant.id, sessionId: one.sessionId, reason: 'revoked' }));
    expect([await end(), await end()]).toEqual([true, false]);
    expect(await find(one.token)).toBeUndefined();
    expect(await find(two.token)).toBeDefined();
    expect(ended.map(({ sessionId, reason }) => [sessionId, reason])).toEqual([[one.sessionId, 'revoked']]);
    expect(await actionsOf(tenant.id)).toContain('user.session_ended');
  });

  it('all are revoked at once, but for the one that asks', async () => {
    const ended = listening();
    const { tenant, user } = await member();
    const sessions = [await openSession({ tenant, user }), await openSession({ tenant, user })];
    const third = await openSession({ tenant, user });
    const input = { tenantId: tenant.id, userId: user.id, reason: 'revoked', except: third.sessionId } as const;
    expect(await doing((ctx) => endSessionsOf(ctx, input))).toBe(2);
    for (const { token } of sessions) expect(await find(token)).toBeUndefined();
    expect(await find(third.token)).toBeDefined();
    expect(ended).toHaveLength(2);
  });

  it('of another tenant or user are out of reach', async () => {
    const [one, two] = [await member(), await member()];
    const { token, sessionId } = await openSession(two);
    const reason = 'revoked';
    expect(await doing((ctx) => endSession(ctx, { tenantId: one.tenant.id, sessionId, reason }))).toBe(false);
    const notTheirs = { tenantId: two.tenant.id, sessionId, userId: one.user.id, reason } as const;
    expect(await doing((ctx) => endSession(ctx, notTheirs))).toBe(false);
    const rows = await deps.database.tenantTransaction(one.tenant.id, (tx) =>
      tx.query<{ n: number }>('select count(*)::int as n from user_sessions where id = $1', [sessionId]),
    );
    expect(rows.rows[0]?.n).toBe(0);
    expect(await find(token)).toBeDefined();
  });

  it('cannot be written under one tenant for the user of another, whatever the code does', async () => {
    const [one, two] = [await member(), await member()];
    const plant = (tenantId: string) =>
      deps.database.tenantTransaction(one.tenant.id, (tx) =>
        tx.query(
          `insert into user_sessions (id, tenant_id, user_id, kind, token_hash, amr, address, user_agent, created_at, last_seen_at)
           values (gen_random_uuid(), $1, $2, 'browser', sha256('planted'), '{pwd}', '', '', now(), now())`,
          [tenantId, two.user.id],
        ),
      );
    await expect(plant(one.tenant.id)).rejects.toThrow('user_sessions_user_fkey');
    await expect(plant(two.tenant.id)).rejects.toThrow('row-level security');
  });

  it('a listener that fails undoes the end, so that nobody is told of what did not happen', async () => {
    const { tenant, user } = await member();
    const { token, sessionId } = await openSession({ tenant, user });
    const stop = onSessionEnded(async () => {
      throw new Error('the listener failed');
    });
    onTestFinished(stop);
    const end = doing((ctx) => endSession(ctx, { tenantId: tenant.id, sessionId, reason: 'revoked' }));
    await expect(end).rejects.toThrow('the listener failed');
    stop();
    expect(await find(token)).toBeDefined();
  });

  it('are forgotten a month after their end', async () => {
    const { tenant, user } = await member();
    const { sessionId } = await openSession({ tenant, user });
    await doing((ctx) => endSession(ctx, { tenantId: tenant.id, sessionId, reason: 'logged_out' }));
    const purge = (ms: number) => purgeIdentity(test.database, later(ms));
    await purge(29 * DAY);
    const left = () => asSuperuser('select id from tenantry.user_sessions where id = $1', [sessionId]);
    expect(await left()).toHaveLength(1);
    await purge(31 * DAY);
    expect(await left()).toEqual([]);
  });

  it('that nobody comes back to are ended by a sweep, and their listeners told', async () => {
    await sweepSessions(test.database, later(365 * DAY));
    const ended = listening();
    const [idle, strict] = [await member(), await member()];
    await openSession(idle);
    const changes = { idleMs: 5 * MINUTE };
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: strict.tenant.id, changes }));
    await openSession(strict);
    await sweepSessions(test.database, later(5 * MINUTE));
    expect(ended.map(({ userId, reason }) => [userId, reason])).toEqual([[strict.user.id, 'idle']]);
    await sweepSessions(test.database, later(30 * MINUTE));
    expect(ended).toHaveLength(2);
    await openSession(idle, { now: NOW });
    await sweepSessions(test.database, later(13 * HOUR));
    expect(ended.at(-1)).toMatchObject({ userId: idle.user.id, reason: 'absolute' });
  });
});

describe('the policy of a tenant', () => {
  it('CH-10: is idle 30 minutes, absolute 12 hours, access token 15 minutes, refresh 7 days', async () => {
    const tenant = await makeTenant();
    const policy = await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: {} }));
    expect(policy).toMatchObject({ idleMs: 1_800_000, absoluteMs: 43_200_000, accessTokenMs: 900_000 });
    expect(policy.refreshMs).toBe(7 * DAY);
  });

  it.each([
    ['a range that is none', { ipAllow: ['192.0.2.1'] }],
    ['an idle time past the absolute one', { idleMs: 13 * HOUR }],
    ['no idle time', { idleMs: 0 }],
  ])('is refused with %s', async (_what, changes) => {
    const tenant = await makeTenant();
    await expect(doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes }))).rejects.toThrow(
      code('request.invalid'),
    );
  });

  it('is written down with what it was before, and is not for those who may only read', async () => {
    const tenant = await makeTenant();
    const set = (actor = operator) =>
      doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { mfaRequired: true } }), actor);
    await expect(set({ ...operator, scopes: ['tenants:read'] })).rejects.toThrow(code('access.forbidden'));
    await set();
    expect(await actionsOf(tenant.id)).toContain('tenant.policy_changed');
  });
});
