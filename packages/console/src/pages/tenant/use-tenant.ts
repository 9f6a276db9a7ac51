/** What the pages of one tenant read and write. */
import type { UseMutationResult } from '@tanstack/react-query';
import type { ApiFault } from '../../api/api-fault.ts';
import type { AnswerOf, OperationName, RequestOf } from '../../api/operation-types.ts';
import { useAct } from '../../api/use-api.ts';

/** Whatever is done to a tenant may show in any of these. */
const SHOWN: readonly OperationName[] = [
  'GET /api/v1/tenants/{tenant}',
  'GET /api/v1/tenants/{tenant}/life',
  'GET /api/v1/tenants/{tenant}/usage',
  'GET /api/v1/tenants/{tenant}/plan-impact',
  'GET /api/v1/tenants/{tenant}/offboarding',
  'GET /api/v1/tenants/{tenant}/wishes',
  'GET /api/v1/tenants/{tenant}/history',
  'GET /api/v1/tenants',
  'GET /api/v1/audit',
];

export const useTenantAct = <Name extends OperationName>(
  name: Name,
): UseMutationResult<AnswerOf<Name>, ApiFault, RequestOf<Name>> => useAct(name, { refresh: SHOWN });
