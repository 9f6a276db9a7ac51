/** How far a tenant is kept apart; independent of its plan and of its support tier (CH-05). */
export const ISOLATIONS = ['pool-shared', 'pool-dedicated-namespace', 'silo'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** PLAN-23: what the offerings and deployment types of the runbooks mean as isolation. */
export const ISOLATION_OF_OFFERING = {
  basic: 'pool-shared',
  premium: 'pool-dedicated-namespace',
  'multi-tenant': 'pool-shared',
  'single-tenant': 'silo',
} as const satisfies Record<string, Isolation>;
