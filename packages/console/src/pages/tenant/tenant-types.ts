import type { AnswerOf } from '../../api/operation-types.ts';

export type Tenant = AnswerOf<'GET /api/v1/tenants/{tenant}'>;
export type Life = AnswerOf<'GET /api/v1/tenants/{tenant}/life'>;
export type Impact = AnswerOf<'GET /api/v1/tenants/{tenant}/plan-impact'>;
export type Meter = AnswerOf<'GET /api/v1/tenants/{tenant}/usage'>['meters'][number];
export type Offboarding = NonNullable<AnswerOf<'GET /api/v1/tenants/{tenant}/offboarding'>['offboarding']>;
