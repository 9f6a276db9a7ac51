import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemActor } from '../access/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { createTenant, listHistory, releaseReservation, reserveTenant } from './index.ts';
import { act, makeTenant, NOW, newTenant, reader, storeCutlist, uniqueSlug } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const code = (value: string) => expect.objectContaining({ code: value });

const reserve = (runId: string, slug: string) =>
  doing((ctx) => reserveTenant(ctx, { runId, slug, productId: 'cutlist' }));

describe('creating a tenant', () => {
  const enterprise = {
    plan: 'Custom',
    settings: {
      features: { sso: true, scim: false, api_access: true },
      limits: { users: 1000, api_calls_per_15min: 50_000 },
    },
  };

  it('REG-09: the row is what was asked for, and its id is a lower-case UUID v4 (REG-18)', async () => {
    const { tenant, created } = await makeTenant(database, enterprise);
    expect(created).toBe(true);
    expect(tenant).toMatchObject({
      ...enterprise,
      plan: 'enterprise',
      status: 'onboarding',
      version: 1,
      settingsVersion: 1,
    });
    expect(tenant.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(tenant.createdAt).toEqual(NOW);
  });

  it('is written in the history and in the audit log', async () => {
    const { tenant } = await makeTenant(database, { authority: 'contract 2026-114', reason: 'signed' });
    const [line] = await doing(({ tx }) => listHistory(tx, tenant.id));
    expect(line).toMatchObject({
      operation: 'created',
      from: null,
      to: { slug: tenant.slug, plan: 'professional', status: 'onboarding' },
      actor: { kind: 'person', label: 'Olive Operator' },
      authority: 'contract 2026-114',
      reason: 'signed',
      at: NOW,
    });
    const audit = await asSuperuser('select action from tenantry.audit_log where tenant_id = $1', [tenant.id]);
    expect(audit).toEqual([{ action: 'tenant.created' }]);
  });

  it('leaves nothing behind when the audit log cannot be written', async () => {
    const slug = uniqueSlug();
    await asSuperuser('alter table tenantry.audit_log add constraint refuse_all check (false) not valid');
    await expect(makeTenant(database, { slug })).rejects.toMatchObject({ constraint: 'refuse_all' });
    await asSuperuser('alter table tenantry.audit_log drop constraint refuse_all');
    expect(await asSuperuser('select id from tenantry.tenants where slug = $1', [slug])).toEqual([]);
  });

  it('the same key again answers the same tenant and creates none', async () => {
    const wish = newTenant({ key: randomUUID() });
    const first = await doing((ctx) => createTenant(ctx, wish));
    const second = await doing((ctx) => createTenant(ctx, wish));
    expect(second).toEqual({ tenant: first.tenant, created: false });
    expect(await asSuperuser('select count(*)::int as n from tenantry.tenants where slug = $1', [wish.slug])).toEqual([
      { n: 1 },
    ]);
  });

  it('REG-03: of two people who want one slug at once, one gets it and the other is told', async () => {
    const slug = uniqueSlug();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => makeTenant(database, { slug })));
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of outcomes)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'tenant.slug_taken', status: 409 });
  });

  it.each([
    ['request.invalid', { name: ' ' }],
    ['request.invalid', { name: 'x'.repeat(256) }],
    ['request.invalid', { settings: { limits: { seats: 5 } } }],
    ['request.invalid', { supportTier: 'platinum' }],
    ['request.invalid', { status: 'suspended' as 'active' }],
    ['request.invalid', { slug: 'Acme Corp' }],
    ['request.invalid', { id: '00000000-0000-1000-8000-000000000000' }],
    ['tenant.slug_reserved', { slug: 'admin' }],
    ['tenant.plan_unknown', { plan: 'gold' }],
    ['tenant.feature_not_in_plan', { settings: { features: { scim: true } } }],
    ['tenant.limit_unset', { plan: 'enterprise', status: 'active' as const }],
    ['product.not_found', { productId: 'nothing' }],
  ])('is refused as %s: %j', async (expected, overrides) => {
    await expect(makeTenant(database, overrides)).rejects.toThrow(code(expected));
  });

  it('is refused to who may only read', async () => {
    await expect(doing((ctx) => createTenant(ctx, newTenant()), { actor: reader })).rejects.toThrow(
      code('access.forbidden'),
    );
  });
});

describe('a reservation', () => {
  it('gives a run the same id again, and keeps the slug from everybody else', async () => {
    const [runId, slug] = [randomUUID(), uniqueSlug()];
    const held = await reserve(runId, slug);
    expect(await reserve(runId, slug)).toEqual(held);
    await expect(reserve(randomUUID(), slug)).rejects.toThrow(code('tenant.slug_taken'));
    await expect(makeTenant(database, { slug })).rejects.toThrow(code('tenant.slug_taken'));
  });

  it('of twenty runs that start at once with one slug, one gets it', async () => {
    const slug = uniqueSlug();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => reserve(randomUUID(), slug)));
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  it('is refused for the slug of a tenant', async () => {
    const { tenant } = await makeTenant(database);
    await expect(reserve(randomUUID(), tenant.slug)).rejects.toThrow(code('tenant.slug_taken'));
  });

  it('follows a corrected slug with the same id, and lets the old one go', async () => {
    const [runId, wrong, right] = [randomUUID(), uniqueSlug(), uniqueSlug()];
    const first = await reserve(runId, wrong);
    expect(await reserve(runId, right)).toEqual({ ...first, slug: right });
    await reserve(randomUUID(), wrong);
  });

  it('is let go once, after which the slug is free', async () => {
    const [runId, slug] = [randomUUID(), uniqueSlug()];
    await reserve(runId, slug);
    const release = () => doing((ctx) => releaseReservation(ctx, runId), { actor: systemActor('runs') });
    expect([await release(), await release()]).toEqual([true, false]);
    await makeTenant(database, { slug });
  });

  it('is the id the tenant gets', async () => {
    const [runId, slug] = [randomUUID(), uniqueSlug()];
    const { id } = await reserve(runId, slug);
    expect((await makeTenant(database, { id, slug })).tenant.id).toBe(id);
  });
});
