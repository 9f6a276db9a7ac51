import { isTenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { providerOf } from './operator-settings.ts';

const WHOLE = {
  TENANTRY_OPERATOR_OIDC_ISSUER: 'https://login.vendor.example',
  TENANTRY_OPERATOR_OIDC_CLIENT_ID: 'tenantry',
  TENANTRY_OPERATOR_OIDC_CLIENT_SECRET: 'swordfish',
  TENANTRY_OPERATOR_OIDC_DOMAINS: 'Vendor.example, other.example',
  TENANTRY_OPERATOR_OIDC_GROUP_ROLES: 'platform=owner, cut team=engineer@cutlist',
};

const faultsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    readConfig({}, env);
    return [];
  } catch (error) {
    if (isTenantryError(error)) return error.faults.map(({ path }) => path);
    throw error;
  }
};

describe("the operators' OpenID Provider", () => {
  it('is none unless an issuer is set', () => {
    expect(providerOf(readConfig({}, {}))).toBeUndefined();
  });

  it('comes with the domains it vouches for and the roles of its groups', () => {
    const provider = providerOf(readConfig({}, WHOLE));
    expect(provider).toMatchObject({
      issuer: 'https://login.vendor.example',
      clientId: 'tenantry',
      allowedDomains: ['vendor.example', 'other.example'],
      groupRoles: [
        { group: 'platform', role: 'owner' },
        { group: 'cut team', role: 'engineer', productId: 'cutlist' },
      ],
    });
    expect(provider?.clientSecret.reveal()).toBe('swordfish');
    expect(JSON.stringify(provider)).not.toContain('swordfish');
  });

  it('is refused without its credentials, and without a word on whose addresses it may vouch for', () => {
    expect(faultsOf({ TENANTRY_OPERATOR_OIDC_ISSUER: 'https://login.vendor.example' })).toEqual([
      'TENANTRY_OPERATOR_OIDC_CLIENT_ID',
      'TENANTRY_OPERATOR_OIDC_CLIENT_SECRET',
      'TENANTRY_OPERATOR_OIDC_DOMAINS',
    ]);
  });

  it.each(['platform', 'platform=emperor', '=owner'])('refuses %j as a role of a group', (roles) => {
    expect(faultsOf({ ...WHOLE, TENANTRY_OPERATOR_OIDC_GROUP_ROLES: roles })).toEqual([
      'TENANTRY_OPERATOR_OIDC_GROUP_ROLES',
    ]);
  });
});
