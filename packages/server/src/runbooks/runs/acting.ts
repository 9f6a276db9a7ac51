/** Who acts on a run, and on which: shared by everything people do. */
import { TenantryError, toWireId } from '@tenantry/contract';
import { findStep, type Person, type Runbook, type RunEvent, type Step } from '@tenantry/runbook';
import { type Actor, type Ctx, covers, type PersonActor, permit, type Scope } from '../../access/index.ts';
import { moveRunHere } from './move-run.ts';
import type { RunRecord } from './run-record.ts';

/** Moves a run for a person: may they at all, and is the run one of theirs. */
export async function act(
  ctx: Ctx,
  runId: string,
  event: (record: RunRecord) => RunEvent | Promise<RunEvent>,
): Promise<RunRecord> {
  permit(ctx.actor, 'runs:write');
  return moveRunHere(ctx, runId, (record) => {
    refuseStrangers(ctx.actor, 'runs:write', record);
    return event(record);
  });
}

/**
 * Runs outside the products and clients of a person do not exist for them. What a run holds is its tenant's data.
 *
 * @throws run.not_found, access.support_required
 */
export function refuseStrangers(actor: Actor, scope: Scope, record: Pick<RunRecord, 'id' | 'meta'>): void {
  const { productId, clientId, tenantId } = record.meta;
  if (!covers(actor, scope, { productId, clientId })) {
    // The same words as for a run that is not there.
    throw new TenantryError('run.not_found', `There is no run ${toWireId('run', record.id)}.`, {
      next: 'tenantry run list shows the runs there are.',
    });
  }
  permit(actor, scope, { productId, clientId, tenantId });
}

/** @throws run.step_not_found */
export function stepOf(runbook: Runbook, id: string): Step {
  const step = findStep(runbook, id);
  if (step !== undefined) return step;
  throw new TenantryError('run.step_not_found', `The run has no step ${id}.`, {
    next: 'tenantry run show lists its steps.',
    facts: { step: id },
  });
}

/**
 * The person in the role they act in: the one they named, else the first of theirs that fits.
 *
 * @throws access.forbidden
 */
export function personFor(actor: Actor, roles: readonly string[], wanted: string | undefined): Person {
  const person = mustBePerson(actor);
  const held = roles.filter((role) => person.roles.includes(role));
  const role = wanted === undefined ? held[0] : held.find((candidate) => candidate === wanted);
  if (role !== undefined) return { id: person.id, name: person.name, email: person.email, role };
  throw new TenantryError(
    'access.forbidden',
    `This is for ${roles.join(' or ') || 'nobody'}; ${person.name} is ${person.roles.join(', ') || 'in no role'}.`,
    {
      next: 'Ask somebody in that role.',
      facts: { roles },
    },
  );
}

function mustBePerson(actor: Actor): PersonActor {
  if (actor.kind === 'person') return actor;
  throw new TenantryError('access.forbidden', 'Only a person can do this.');
}
