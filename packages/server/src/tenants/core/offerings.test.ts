import { expect, it } from 'vitest';
import { ISOLATION_OF_OFFERING } from './offerings.ts';

it('PLAN-23 CH-05: each offering and deployment type maps to one isolation', () => {
  expect(ISOLATION_OF_OFFERING).toEqual({
    basic: 'pool-shared',
    premium: 'pool-dedicated-namespace',
    'multi-tenant': 'pool-shared',
    'single-tenant': 'silo',
  });
});
