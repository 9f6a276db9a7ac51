import type { OffboardingView } from '@tenantry/contract';
import { OFFBOARDING_FACTS } from '../core/offboarding.ts';
import type { Offboarding } from './offboarding-rows.ts';

const text = (at: Date | null): string | null => at?.toISOString() ?? null;

export const viewOffboarding = (row: Offboarding): OffboardingView => ({
  id: row.id,
  tenant_id: row.tenantId,
  slug: row.slug,
  name: row.name,
  cause: row.cause,
  priority: OFFBOARDING_FACTS[row.cause].priority,
  reason: row.reason,
  authority: row.authority,
  second_authority: row.secondAuthority,
  state: row.state,
  announced_at: row.announcedAt.toISOString(),
  ends_at: row.endsAt.toISOString(),
  offboarded_at: text(row.offboardedAt),
  delete_data: row.deleteData,
  erasure_request: row.erasureRequest,
  delete_after: text(row.deleteAfter),
  legal_hold:
    row.holdReason === null || row.holdAuthority === null
      ? null
      : { reason: row.holdReason, authority: row.holdAuthority },
  steps: { ...row.steps },
  obstacle: row.obstacle === null ? null : { ...row.obstacle },
  ended_at: text(row.endedAt),
  certificate: row.certificate === null ? null : { ...row.certificate },
});
