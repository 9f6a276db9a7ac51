/**
 * What users of a tenant may do there beyond their own account, in one table: the counterpart of the platform roles.
 * Every product names roles of its own and maps each to one of these permissions (CH-34).
 */
import { tenantPermissionSchema } from '@tenantry/contract';

export const TENANT_PERMISSION_NAMES = tenantPermissionSchema.options;

export type TenantPermission = (typeof TENANT_PERMISSION_NAMES)[number];

/** What is done with a tenant and its users, by its own people or by those of the vendor. */
export type UserAct = 'users:read' | 'users:write' | 'plan:request';

export interface TenantPermissionFacts {
  readonly acts: readonly UserAct[];
  /** Whether they log in while the tenant is still being onboarded. */
  readonly beforeGoLive: boolean;
}

export const TENANT_PERMISSIONS: Readonly<Record<TenantPermission, TenantPermissionFacts>> = {
  owner_admin: { acts: ['users:read', 'users:write', 'plan:request'], beforeGoLive: true },
  manager: { acts: [], beforeGoLive: false },
  member: { acts: [], beforeGoLive: false },
  end_customer: { acts: [], beforeGoLive: false },
};

export const mayAct = (permission: TenantPermission, act: UserAct): boolean =>
  TENANT_PERMISSIONS[permission].acts.includes(act);
