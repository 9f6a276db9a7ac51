/**
 * What people may do, in one table. A person of the vendor holds platform roles through grants (what they may do,
 * and for which products and clients) and runbook roles (who they are in a runbook, e.g. `engineering_lead`): the
 * first open routes, the second say whose task or approval a step is.
 */
import { SCOPES, type Scope } from './scopes.ts';

export const PLATFORM_ROLE_NAMES = ['owner', 'engineer', 'customer_success', 'sales', 'support', 'auditor'] as const;

export type PlatformRole = (typeof PLATFORM_ROLE_NAMES)[number];

export interface PlatformRoleFacts {
  readonly title: string;
  /** One sentence for people who choose a role. */
  readonly about: string;
  readonly scopes: readonly Scope[];
  /**
   * Whether the role reads and changes the data of one tenant at any time, or only under a live support access.
   * Lists (name, plan, status) are no tenant's data.
   */
  readonly tenantData: 'always' | 'support_access';
}

export const PLATFORM_ROLES: Readonly<Record<PlatformRole, PlatformRoleFacts>> = {
  owner: {
    title: 'Owner',
    about: 'Everything, people and their roles included. Never limited to a product or client.',
    scopes: SCOPES,
    tenantData: 'always',
  },
  engineer: {
    title: 'Engineer',
    about: 'Writes runbooks, carries runs through, changes tenants, handles their secrets.',
    scopes: [
      'runs:read',
      'runs:write',
      'runbooks:read',
      'runbooks:write',
      'tenants:read',
      'tenants:write',
      'vault:reveal',
      'support:read',
      'metrics:write',
      'guard:read',
      'backups:read',
      'backups:write',
      'backups:restore',
    ],
    tenantData: 'always',
  },
  customer_success: {
    title: 'Customer success',
    about: 'Takes clients through their runs and changes their tenants.',
    scopes: [
      'runs:read',
      'runs:write',
      'runbooks:read',
      'tenants:read',
      'tenants:write',
      'support:read',
      'backups:read',
      'backups:write',
    ],
    tenantData: 'always',
  },
  sales: {
    title: 'Sales',
    about: 'Hands clients over, does its own steps of runs and follows them; changes no tenant by hand.',
    scopes: ['runs:read', 'runs:write', 'runbooks:read', 'tenants:read'],
    tenantData: 'always',
  },
  support: {
    title: 'Support',
    about: 'Sees which tenants and runs there are; looks into one under a support access, for a reason and a time.',
    scopes: ['runs:read', 'runs:write', 'runbooks:read', 'tenants:read', 'support:read', 'support:request'],
    tenantData: 'support_access',
  },
  auditor: {
    title: 'Auditor',
    about: 'Reads everything that proves who did what, and changes nothing.',
    scopes: [
      'runs:read',
      'runbooks:read',
      'tenants:read',
      'audit:read',
      'operators:read',
      'support:read',
      'backups:read',
    ],
    tenantData: 'always',
  },
};

/** What people of a client may at most be given; all of it reaches their own client only. */
export const CLIENT_SCOPES: readonly Scope[] = [
  'runs:read',
  'runs:write',
  'tenants:read',
  'keys:write',
  'support:read',
  'support:grant',
];

/** The runbook role of a client's person who speaks for the client: grants and ends support access. */
export const CLIENT_ADMIN_ROLE = 'client_admin';

export const isPlatformRole = (text: string): text is PlatformRole =>
  (PLATFORM_ROLE_NAMES as readonly string[]).includes(text);

/** Everything these roles give, somewhere, in the order of the list of scopes. */
export const scopesOfRoles = (roles: Iterable<PlatformRole>): readonly Scope[] => {
  const given = new Set([...roles].flatMap((role) => PLATFORM_ROLES[role].scopes));
  return SCOPES.filter((scope) => given.has(scope));
};
