/** What the API tells and takes of one tenant, apart from the page. */
import type { AnswerOf, RequestOf } from '../../api/operation-types.ts';

export type Tenant = AnswerOf<'GET /api/v1/tenants/{tenant}'>;
export type Life = AnswerOf<'GET /api/v1/tenants/{tenant}/life'>;
export type Impact = AnswerOf<'GET /api/v1/tenants/{tenant}/plan-impact'>;
export type Meter = AnswerOf<'GET /api/v1/tenants/{tenant}/usage'>['meters'][number];
export type Offboarding = NonNullable<AnswerOf<'GET /api/v1/tenants/{tenant}/offboarding'>['offboarding']>;
export type Edit = RequestOf<'PATCH /api/v1/tenants/{tenant}'>['body'];
export type Cause = RequestOf<'POST /api/v1/tenants/{tenant}/suspend'>['body']['cause'];
export type LeavingCause = RequestOf<'POST /api/v1/tenants/{tenant}/offboard'>['body']['cause'];
