/** What the API tells and takes of one tenant, apart from the page. */
import type { Operations } from '../../api/generated/operations.ts';

type Answer<Name extends keyof Operations> = Operations[Name]['answer'];

export type Tenant = Answer<'GET /api/v1/tenants/{tenant}'>;
export type Life = Answer<'GET /api/v1/tenants/{tenant}/life'>;
export type Impact = Answer<'GET /api/v1/tenants/{tenant}/plan-impact'>;
export type Meter = Answer<'GET /api/v1/tenants/{tenant}/usage'>['meters'][number];
export type Offboarding = NonNullable<Answer<'GET /api/v1/tenants/{tenant}/offboarding'>['offboarding']>;
export type Edit = Operations['PATCH /api/v1/tenants/{tenant}']['body'];
export type Cause = Operations['POST /api/v1/tenants/{tenant}/suspend']['body']['cause'];
export type LeavingCause = Operations['POST /api/v1/tenants/{tenant}/offboard']['body']['cause'];
