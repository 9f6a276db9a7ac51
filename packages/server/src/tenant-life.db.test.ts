import { afterAll, describe, expect, it } from 'vitest';
import { type PersonActor, systemActor } from './access/index.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { findSession } from './identity/index.ts';
import { identityWorld, later } from './identity/testing/world.ts';
import { followTenants } from './tenant-life.ts';
import {
  listHistory,
  listOpenSuspensions,
  loadTenant,
  reinstateTenant,
  setStatus,
  suspendTenant,
  undoSuspension,
} from './tenants/index.ts';
import { clientPerson, reader, storeCutlist } from './tenants/testing/registry.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, doing, makeTenant, makeMember, openSession, actionsOf, mails } = world;
afterAll(followTenants(deps));

const code = (value: string) => expect.objectContaining({ code: value });
const read = (id: string) => doing(({ tx }) => loadTenant(tx, id));
const suspend = (tenantId: string, cause: 'payment_failure' | 'security_incident' | 'terms_violation', more = {}) =>
  doing((ctx) => suspendTenant(ctx, { tenantId, cause, reason: `${cause} it is`, ...more }));
const reinstate = (tenantId: string, more = {}) =>
  doing((ctx) => reinstateTenant(ctx, { tenantId, resolution: 'settled', ...more }));
const mailsOf = (tenantId: string) => mails.filter((mail) => mail.tenantId === tenantId);

describe('a suspension', () => {
  it('LIFE-08, LIFE-09, LIFE-18: sets the status, ends live sessions, and is one line of the history', async () => {
    const member = await makeMember(await makeTenant());
    const session = await openSession(member);
    const before = await read(member.tenant.id);
    const [later1, later2] = [later(60_000), later(120_000)];
    await doing((ctx) =>
      suspendTenant(
        { ...ctx, now: later1 },
        { tenantId: member.tenant.id, cause: 'security_incident', reason: 'A key has leaked.', authority: 'CTO' },
      ),
    );
    expect(await findSession(deps, session.token, later2)).toBeUndefined();
    const after = await read(member.tenant.id);
    expect(after).toMatchObject({ status: 'suspended', accessMode: 'blocked', statusReason: 'A key has leaked.' });
    expect(after.updatedAt).toEqual(later1);
    expect(after.version).toBe(before.version + 1);
    const [line] = await doing(({ tx }) => listHistory(tx, member.tenant.id));
    expect(line).toMatchObject({
      operation: 'suspend',
      authority: 'CTO',
      reason: 'A key has leaked.',
      from: { status: 'active' },
      to: { status: 'suspended', accessMode: 'blocked' },
    });
    expect(await actionsOf(member.tenant.id)).toEqual(
      expect.arrayContaining(['tenant.status_changed', 'user.session_ended']),
    );
  });

  it('LIFE-05: read-only leaves log-in and sessions', async () => {
    const member = await makeMember(await makeTenant());
    const session = await openSession(member);
    await suspend(member.tenant.id, 'payment_failure');
    expect(await findSession(deps, session.token, later(1))).toBeDefined();
    expect(await world.tryLogIn(member.tenant, member.user.email, member.password)).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('LIFE-11: tells each administrator once, and nobody else', async () => {
    const tenant = await makeTenant();
    const [one, two] = [await makeMember(tenant), await makeMember(tenant)];
    await makeMember(tenant, { role: 'user' });
    await makeMember(tenant, { status: 'disabled' });
    await suspend(tenant.id, 'payment_failure');
    expect(mailsOf(tenant.id).map(({ to, template }) => [to, template])).toEqual(
      expect.arrayContaining([one, two].map(({ user }) => [user.email, 'tenant-suspended'])),
    );
    expect(mailsOf(tenant.id)).toHaveLength(2);
    await reinstate(tenant.id);
    expect(mailsOf(tenant.id).slice(2)).toMatchObject([
      { template: 'tenant-reinstated', values: { reason: 'settled' } },
      { template: 'tenant-reinstated' },
    ]);
    expect(new Set(mailsOf(tenant.id).map(({ key }) => key)).size).toBe(4);
  });

  it('of a payment that comes in does not open a tenant that is blocked for a breach', async () => {
    const { id } = await makeTenant();
    await suspend(id, 'payment_failure');
    await suspend(id, 'security_incident');
    expect(await read(id)).toMatchObject({ status: 'suspended', accessMode: 'blocked' });
    await expect(reinstate(id)).rejects.toEqual(code('request.invalid'));
    await expect(doing((ctx) => setStatus(ctx, { tenantId: id, status: 'active' }))).rejects.toEqual(
      code('tenant.illegal_transition'),
    );
    const paid = await reinstate(id, { cause: 'payment_failure', resolution: 'paid' });
    expect(paid).toMatchObject({ current: { status: 'suspended', accessMode: 'blocked' } });
    expect(paid.remaining.map(({ cause }) => cause)).toEqual(['security_incident']);
    await reinstate(id);
    expect(await read(id)).toMatchObject({ status: 'active', accessMode: null, statusReason: 'settled' });
    const lines = await doing(({ tx }) => listHistory(tx, id));
    expect(lines.map(({ operation }) => operation)).toEqual([
      'reinstate',
      'suspension_lifted',
      'suspension_added',
      'suspend',
      'created',
    ]);
  });

  it('of two causes, the one that goes takes its strictness along', async () => {
    const { id } = await makeTenant();
    await suspend(id, 'payment_failure');
    await suspend(id, 'terms_violation');
    await reinstate(id, { cause: 'terms_violation' });
    expect(await read(id)).toMatchObject({ status: 'suspended', accessMode: 'read-only' });
  });

  it('LIFE-12: is the machinery’s to decide where the seed says automatic, and nowhere else', async () => {
    const { id } = await makeTenant();
    const machine = systemActor('billing');
    const byMachine = (cause: 'payment_failure' | 'terms_violation') =>
      doing((ctx) => suspendTenant(ctx, { tenantId: id, cause, reason: 'r' }), machine);
    await expect(byMachine('terms_violation')).rejects.toEqual(code('access.forbidden'));
    await byMachine('payment_failure');
    await suspend(id, 'terms_violation');
    const lift = (cause: 'payment_failure' | 'terms_violation') =>
      doing((ctx) => reinstateTenant(ctx, { tenantId: id, cause, resolution: 'r' }), machine);
    await expect(lift('terms_violation')).rejects.toEqual(code('access.forbidden'));
    await lift('payment_failure');
    expect(await read(id)).toMatchObject({ accessMode: 'blocked' });
  });

  it('LIFE-17, LIFE-20: is refused without reason, role or resolution, and leaves no trace', async () => {
    const { id } = await makeTenant();
    const before = await read(id);
    await expect(suspend(id, 'payment_failure', { reason: ' ' })).rejects.toEqual(code('request.invalid'));
    await expect(
      doing((ctx) => suspendTenant(ctx, { tenantId: id, cause: 'payment_failure', reason: 'r' }), reader),
    ).rejects.toEqual(code('access.forbidden'));
    await expect(reinstate(id)).rejects.toEqual(code('tenant.illegal_transition'));
    await expect(reinstate(id, { resolution: '' })).rejects.toEqual(code('request.invalid'));
    expect(await read(id)).toEqual(before);
    await suspend(id, 'payment_failure');
    await expect(suspend(id, 'payment_failure')).rejects.toEqual(code('tenant.illegal_transition'));
    await expect(doing((ctx) => reinstateTenant(ctx, { tenantId: id, resolution: 'r' }), reader)).rejects.toEqual(
      code('access.forbidden'),
    );
  });

  it('cannot be declared for the tenant of another client', async () => {
    const { id } = await makeTenant();
    const stranger: PersonActor = clientPerson('7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a77');
    await expect(
      doing((ctx) => suspendTenant(ctx, { tenantId: id, cause: 'payment_failure', reason: 'r' }), stranger),
    ).rejects.toEqual(code('tenant.not_found'));
  });

  it('asked for twice under one key is one suspension', async () => {
    const { id } = await makeTenant();
    const first = await suspend(id, 'payment_failure', { key: 'run/step' });
    expect(await suspend(id, 'payment_failure', { key: 'run/step' })).toEqual(first);
    expect(await doing(({ tx }) => listOpenSuspensions(tx, id))).toHaveLength(1);
  });

  it('of two at once for one cause, one is made', async () => {
    const { id } = await makeTenant();
    const both = await Promise.allSettled([suspend(id, 'payment_failure'), suspend(id, 'payment_failure')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('that is taken back leaves the trial it found, and another cause that has come since', async () => {
    const trial = await makeTenant({ status: 'trial' });
    const { id: suspensionId } = await suspend(trial.id, 'payment_failure');
    const undo = () => doing((ctx) => undoSuspension(ctx, { tenantId: trial.id, suspensionId }));
    expect(await undo()).toBe(true);
    expect(await read(trial.id)).toMatchObject({ status: 'trial', accessMode: null });
    expect(await undo()).toBe(false);
    const { id } = await makeTenant();
    const first = await suspend(id, 'payment_failure');
    await suspend(id, 'security_incident');
    await doing((ctx) => undoSuspension(ctx, { tenantId: id, suspensionId: first.id }));
    expect(await read(id)).toMatchObject({ status: 'suspended', accessMode: 'blocked' });
  });

  it('LIFE-10, LIFE-21: reinstated, the tenant is as open as before, and active', async () => {
    const member = await makeMember(await makeTenant({ status: 'trial' }));
    await suspend(member.tenant.id, 'security_incident');
    expect(await world.tryLogIn(member.tenant, member.user.email, member.password)).toMatchObject({
      reason: 'tenant_closed',
    });
    await reinstate(member.tenant.id);
    expect(await read(member.tenant.id)).toMatchObject({ status: 'active' });
    expect(await world.tryLogIn(member.tenant, member.user.email, member.password)).toMatchObject({
      outcome: 'accepted',
    });
  });
});

it('LIFE-35: nobody rewrites the history of a suspension', async () => {
  const { id } = await makeTenant();
  await suspend(id, 'payment_failure');
  for (const statement of [
    `update tenantry.tenant_history set reason = 'nothing' where tenant_id = $1`,
    'delete from tenantry.tenant_history where tenant_id = $1',
  ]) {
    await expect(test.asSuperuser(statement, [id])).rejects.toThrow('append-only');
  }
});
