import { isTenantryError, platformRoleSchema } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import {
  type Actor,
  type ActorGrant,
  CLIENT_SCOPES,
  covers,
  type PersonActor,
  PLATFORM_ROLE_NAMES,
  PLATFORM_ROLES,
  permit,
  permitUserAct,
  reachOf,
  SCOPES,
  scopesOfRoles,
  systemActor,
  TENANT_PERMISSION_NAMES,
  type TenantPermission,
  type UserAct,
  type UserActor,
  type Where,
} from './index.ts';

const person = (grants: readonly ActorGrant[], more: Partial<PersonActor> = {}): PersonActor => ({
  kind: 'person',
  id: 'p',
  name: 'Ada',
  email: 'ada@vendor.example',
  party: 'vendor',
  roles: [],
  scopes: scopesOfRoles(grants.map(({ role }) => role)),
  grants,
  development: false,
  ...more,
});

const at = (role: ActorGrant['role'], productId: string | null = null, clientId: string | null = null): ActorGrant => ({
  role,
  productId,
  clientId,
});

const outcome = (actor: PersonActor, where: Where): string => {
  try {
    permit(actor, 'tenants:read', where);
    return 'yes';
  } catch (error) {
    return isTenantryError(error) ? error.code : 'broken';
  }
};

describe('the platform roles', () => {
  it('are those the wire knows', () => {
    expect(platformRoleSchema.options).toEqual([...PLATFORM_ROLE_NAMES]);
  });

  it('give the owner everything, and nobody else a say over people, keys or support access', () => {
    expect(PLATFORM_ROLES.owner.scopes).toEqual(SCOPES);
    for (const role of PLATFORM_ROLE_NAMES.filter((name) => name !== 'owner')) {
      for (const scope of ['keys:write', 'operators:write', 'support:grant'] as const) {
        expect(PLATFORM_ROLES[role].scopes).not.toContain(scope);
      }
    }
  });

  it('let the auditor change nothing', () => {
    expect(PLATFORM_ROLES.auditor.scopes.filter((scope) => !scope.endsWith(':read'))).toEqual([]);
  });

  it('keep people of a client from secrets, the audit log, runbooks and tenants’ settings', () => {
    for (const scope of ['vault:reveal', 'audit:read', 'runbooks:write', 'tenants:write', 'operators:write'] as const) {
      expect(CLIENT_SCOPES).not.toContain(scope);
    }
  });
});

describe('permit', () => {
  it('holds a grant to its product and its client', () => {
    const actor = person([at('engineer', 'cutlist', 'a')]);
    expect(outcome(actor, { productId: 'cutlist', clientId: 'a' })).toBe('yes');
    expect(outcome(actor, { productId: 'other', clientId: 'a' })).toBe('access.forbidden');
    expect(outcome(actor, { productId: 'cutlist', clientId: 'b' })).toBe('access.forbidden');
    expect(outcome(actor, { productId: 'cutlist', clientId: null })).toBe('access.forbidden');
    expect(outcome(actor, {})).toBe('yes');
  });

  it('never joins the product of one grant with the client of another', () => {
    const actor = person([at('engineer', 'cutlist', 'a'), at('engineer', 'other', 'b')]);
    expect(outcome(actor, { productId: 'cutlist', clientId: 'b' })).toBe('access.forbidden');
  });

  it('never joins the scope of one role with the place of another', () => {
    const actor = person([at('sales'), at('engineer', 'cutlist')]);
    expect(covers(actor, 'tenants:write', { productId: 'other' })).toBe(false);
    expect(covers(actor, 'tenants:read', { productId: 'other' })).toBe(true);
  });

  it('asks support for a live access to the very tenant, and no role that needs none', () => {
    const where = { productId: 'cutlist', clientId: 'a', tenantId: 't1' };
    expect(outcome(person([at('support')]), where)).toBe('access.support_required');
    expect(outcome(person([at('support')], { supports: ['t2'] }), where)).toBe('access.support_required');
    expect(outcome(person([at('support')], { supports: ['t1'] }), where)).toBe('yes');
    expect(outcome(person([at('support'), at('auditor')]), where)).toBe('yes');
    expect(outcome(person([at('support'), at('auditor', 'other')]), where)).toBe('access.support_required');
  });

  it('keeps a live access inside the products of the person', () => {
    const actor = person([at('support', 'other')], { supports: ['t1'] });
    expect(outcome(actor, { productId: 'cutlist', clientId: 'a', tenantId: 't1' })).toBe('access.forbidden');
  });

  it('keeps people of a client to their client, whatever else they carry', () => {
    const carl = person([at('owner')], { party: 'client', clientId: 'a', scopes: SCOPES });
    expect(outcome(carl, { clientId: 'a', productId: 'x', tenantId: 't' })).toBe('yes');
    expect(outcome(carl, { clientId: 'b' })).toBe('access.forbidden');
    expect(outcome(carl, { clientId: null })).toBe('access.forbidden');
    const { clientId: _none, ...unplaced } = carl;
    expect(outcome(unplaced, { clientId: 'a' })).toBe('access.forbidden');
    expect(reachOf(unplaced, 'runs:read')).toEqual({ products: [], clients: [] });
  });

  it('keeps somebody who came in through the portal to the tenant of the link', () => {
    const nora = person([], { party: 'client', clientId: 'a', tenantId: 't', scopes: SCOPES });
    expect(outcome(nora, { clientId: 'a', tenantId: 't' })).toBe('yes');
    expect(outcome(nora, { clientId: 'a', tenantId: 'u' })).toBe('access.forbidden');
    expect(outcome(nora, { clientId: 'a', tenantId: null })).toBe('access.forbidden');
  });

  it('carries no more than the key, whatever the grants', () => {
    expect(outcome(person([at('owner')], { scopes: [] }), {})).toBe('access.forbidden');
  });

  it('lets the machinery pass', () => {
    expect(covers(systemActor('test'), 'keys:write', { clientId: 'a' })).toBe(true);
  });
});

describe('CH-34: a user of a tenant', () => {
  const tenantId = 'b1111111-1111-4111-8111-111111111111';
  const user = (permission?: TenantPermission): UserActor => ({
    kind: 'user',
    tenantId,
    userId: 'u',
    name: 'Ann',
    email: 'ann@acme.example',
    ...(permission === undefined ? {} : { permission }),
  });
  const may = (actor: Actor, act: UserAct, where = tenantId): boolean => {
    try {
      permitUserAct(actor, act, where);
      return true;
    } catch (error) {
      if (isTenantryError(error) && error.code === 'access.forbidden') return false;
      throw error;
    }
  };

  it('reads and changes the users of their own tenant as an administrator, and of no other', () => {
    for (const permission of [...TENANT_PERMISSION_NAMES, undefined]) {
      const expected = permission === 'owner_admin';
      expect(may(user(permission), 'users:read'), permission).toBe(expected);
      expect(may(user(permission), 'users:write'), permission).toBe(expected);
      expect(may(user(permission), 'users:read', 'another')).toBe(false);
    }
  });

  it('holds no scope of the platform anywhere, whatever their role', () => {
    const admin = user('owner_admin');
    for (const scope of SCOPES) {
      expect(() => permit(admin, scope)).toThrow(expect.objectContaining({ code: 'access.forbidden' }));
      expect(() => permit(admin, scope, { tenantId })).toThrow(expect.objectContaining({ code: 'access.forbidden' }));
      expect(covers(admin, scope, { tenantId })).toBe(false);
      expect(reachOf(admin, scope)).toEqual({ products: [], clients: [] });
    }
  });

  it('is done the same by people of the vendor who may change tenants, and by nobody else', () => {
    expect(may(person([at('engineer')]), 'users:write')).toBe(true);
    expect(may(person([at('sales')]), 'users:write')).toBe(false);
    expect(may(person([at('sales')]), 'users:read')).toBe(true);
  });
});

describe('reachOf', () => {
  it('is everything with one unlimited grant, else the pairs of the grants that give the scope', () => {
    expect(reachOf(person([at('engineer', 'cutlist'), at('sales')]), 'tenants:read')).toBe('everything');
    expect(reachOf(person([at('engineer', 'cutlist'), at('sales')]), 'tenants:write')).toEqual({
      products: ['cutlist'],
      clients: [null],
    });
    expect(reachOf(person([at('sales')]), 'tenants:write')).toEqual({ products: [], clients: [] });
  });
});
