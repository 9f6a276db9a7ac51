/** Who may act on a step, and the record of an act. */
import { TenantryError } from '@tenantry/contract';
import type { Owners, Runbook, Step } from '../definition.ts';
import { indexOf } from '../runbook-index.ts';
import type { Person } from './event.ts';
import type { Act } from './state.ts';
import type { Turn } from './turn.ts';

/** Its own owner, else its phase's. */
export const ownersOf = (runbook: Runbook, step: Step): Owners =>
  step.owner ?? indexOf(runbook).phase(step.phase).owner ?? { mode: 'any', roles: [] };

/** @throws access.forbidden */
export function mustHoldRole(step: Step, roles: readonly string[], by: Person): void {
  if (roles.includes(by.role)) return;
  throw new TenantryError(
    'access.forbidden',
    `Step ${step.id} is for ${roles.join(' or ')}; ${by.name} acts as ${by.role}.`,
    {
      next: 'Ask somebody in that role to do it.',
      facts: { roles },
    },
  );
}

export function actOf(turn: Turn, by: Person, decision: Act['decision'], note: string | undefined): Act {
  return {
    personId: by.id,
    name: by.name,
    role: by.role,
    decision,
    at: turn.at,
    ...(note === undefined ? {} : { note }),
  };
}
