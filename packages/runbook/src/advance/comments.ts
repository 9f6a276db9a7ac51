/** What people say on a step or phase before it is decided: whoever is consulted, and whoever works on it (RUN-15). */
import { TenantryError } from '@tenantry/contract';
import type { Phase, Runbook, Step } from '../definition.ts';
import type { Person } from './event.ts';
import { wrongState } from './outcome.ts';
import { ownersOf } from './owners.ts';
import { type Comment, isDone } from './state.ts';
import type { Turn } from './turn.ts';

/** Of one step or phase. Enough for any talk about it; what is longer belongs into a document. */
const COMMENTS_MAX = 100;

/** Roles that may comment on a step. Who is only informed may not. */
export const commentersOfStep = (runbook: Runbook, step: Step): readonly string[] => {
  const { body } = step;
  const deciders = body.kind === 'approve' || body.kind === 'sign_off' ? body.by : [];
  return unique([...consulted(runbook), ...ownersOf(runbook, step).roles, ...deciders]);
};

export const commentersOfPhase = (runbook: Runbook, phase: Phase): readonly string[] =>
  unique([...consulted(runbook), ...(phase.owner?.roles ?? [])]);

const consulted = ({ about: { raci } }: Runbook): readonly string[] => [
  ...(raci.consulted ?? []),
  ...(raci.responsible ?? []),
  ...(raci.accountable ?? []),
];

const unique = (roles: readonly string[]): readonly string[] => [...new Set(roles)];

/** @throws run.wrong_state for a step that is settled, access.forbidden */
export function commented(turn: Turn, step: Step, by: Person, text: string): void {
  const state = turn.step(step.id);
  if (isDone(state) || state.status === 'undone') {
    throw wrongState(
      step,
      state.status,
      'commented on',
      'What is decided stands; say it on a step that is still open.',
    );
  }
  mustBeAsked(`Step ${step.id}`, commentersOfStep(turn.runbook, step), by);
  turn.setStep(step.id, { comments: append(turn, state, by, text) });
}

/** @throws run.wrong_state for a phase that is closed, access.forbidden */
export function phaseCommented(turn: Turn, phase: Phase, by: Person, text: string): void {
  const state = turn.phase(phase.id);
  if (state.status === 'passed' || state.status === 'skipped') {
    throw new TenantryError('run.wrong_state', `Phase ${phase.id} is ${state.status} and cannot be commented on.`, {
      next: 'Say it on a phase that is still open.',
    });
  }
  mustBeAsked(`Phase ${phase.id}`, commentersOfPhase(turn.runbook, phase), by);
  turn.setPhase(phase.id, { comments: append(turn, state, by, text) });
}

function append(
  turn: Turn,
  { round, comments = [] }: { readonly round: number; readonly comments?: readonly Comment[] },
  by: Person,
  text: string,
): readonly Comment[] {
  if (comments.length >= COMMENTS_MAX) {
    throw new TenantryError('run.wrong_state', `It has ${COMMENTS_MAX} comments, and takes no more.`, {
      next: 'Put what is left to say into a document, or into the decision.',
    });
  }
  return [...comments, { personId: by.id, name: by.name, role: by.role, at: turn.at, text, round }];
}

function mustBeAsked(what: string, roles: readonly string[], by: Person): void {
  if (roles.includes(by.role)) return;
  throw new TenantryError('access.forbidden', `${what} hears ${roles.join(', ')}; ${by.name} acts as ${by.role}.`, {
    next: 'Whoever is only informed tells somebody in one of these roles.',
    facts: { roles },
  });
}
