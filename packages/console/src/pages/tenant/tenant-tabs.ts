export const TENANT_TABS = [
  'overview',
  'plan',
  'offboarding',
  'export',
  'runs',
  'ledger',
  'contacts',
  'documents',
  'figures',
  'history',
  'audit',
] as const;
export type TenantTab = (typeof TENANT_TABS)[number];

/** What each is called on the page. */
export const TAB_TITLES: Readonly<Record<TenantTab, string>> = {
  overview: 'Overview',
  plan: 'Plan and usage',
  offboarding: 'Offboarding',
  export: 'Export',
  runs: 'Runs',
  ledger: 'Ledger',
  contacts: 'Contacts',
  documents: 'Documents',
  figures: 'Figures',
  history: 'History',
  audit: 'Audit',
};
