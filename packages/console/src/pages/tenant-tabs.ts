export const TENANT_TABS = [
  'overview',
  'runs',
  'ledger',
  'contacts',
  'documents',
  'usage',
  'history',
  'audit',
] as const;
export type TenantTab = (typeof TENANT_TABS)[number];
