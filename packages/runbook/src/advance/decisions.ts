/** Approvals and sign-offs: yes or no to content, bound to its hash. */
import { TenantryError } from '@tenantry/contract';
import type { ApproveBody, SignOffBody, Step } from '../definition.ts';
import { askPeople } from './asking.ts';
import { type Bindable, boundHash } from './bound-content.ts';
import type { Person } from './event.ts';
import { failStep, passStep, wrongState } from './outcome.ts';
import { actOf, mustHoldRole } from './owners.ts';
import { askReopen } from './reopen.ts';
import type { Act } from './state.ts';
import { limitTime } from './time-limit.ts';
import type { Turn } from './turn.ts';

export interface Decision {
  readonly by: Person;
  readonly decision: 'yes' | 'no';
  readonly hash: string;
  readonly note?: string;
}

type DecisionBody = ApproveBody | SignOffBody;

/**
 * Counts a yes or settles a no. Only a yes bound to the newest content counts, one for each person, and for a
 * sign-off one for each role. A no goes back to the phase the author named, else it fails the step.
 *
 * @throws run.wrong_state, access.forbidden, run.content_changed, run.conflict
 */
export function decided(turn: Turn, step: Step, body: DecisionBody, decision: Decision): void {
  const state = turn.step(step.id);
  if (state.status !== 'waiting' || state.waitingFor !== 'approval') {
    throw wrongState(step, state.status, 'decided', 'Only an open approval can be decided.');
  }
  mustHoldRole(step, body.by, decision.by);
  mustBeCurrent(turn, step, body, decision);
  if (
    state.acts.some((act) => act.personId === decision.by.id && act.hash === decision.hash && act.decision === 'yes')
  ) {
    throw new TenantryError('run.conflict', `${decision.by.name} has decided on step ${step.id} already.`, {
      next: 'Another person must decide.',
    });
  }
  const act: Act = { ...actOf(turn, decision.by, decision.decision, decision.note), hash: decision.hash };
  turn.setStep(step.id, { acts: [...state.acts, act] });
  if (decision.decision === 'no') return refused(turn, step, body, decision);
  settleWhenEnough(turn, step, body, decision.hash);
}

/** A no is a no to anything; a yes counts for what stands there now. */
function mustBeCurrent(turn: Turn, step: Step, body: DecisionBody, { decision, hash }: Decision): void {
  if (decision === 'no') return;
  const current = boundHash(turn.runbook, bindable(turn), body);
  if (hash === current) return;
  throw new TenantryError(
    'run.content_changed',
    `What step ${step.id} asks to decide on has changed since it was shown.`,
    { next: 'Read it again, then decide.', facts: { shown: hash, current } },
  );
}

function refused(turn: Turn, step: Step, body: DecisionBody, { by, note }: Decision): void {
  const message = `${by.name} (${by.role}) said no${note === undefined ? '' : `: ${note}`}`;
  failStep(turn, step, {
    code: 'run.refused',
    message,
    retryable: false,
    next: 'Mend what was refused, then retry the step to ask again.',
  });
  if (body.backTo !== undefined) askReopen(turn, body.backTo, by.name, message);
}

/** Asked again about what enough people agreed to already, as it stood: their yes holds (language, rule 12). */
export function decideFromEarlier(turn: Turn, step: Step, body: DecisionBody): void {
  const { acts } = turn.step(step.id);
  const yes = acts.filter((act) => act.decision === 'yes');
  // Once in a turn: approvals that are bound to each other would otherwise send each other back for ever.
  if (yes.length < body.need || turn.reviewed.has(`agreed:${step.id}`)) return;
  const hash = boundHash(turn.runbook, bindable(turn), body);
  if (countYes(acts, hash, body) < body.need) return;
  turn.reviewed.add(`agreed:${step.id}`);
  turn.emit({ do: 'withdraw', step: step.id });
  settleWhenEnough(turn, step, body, hash);
}

function settleWhenEnough(turn: Turn, step: Step, body: DecisionBody, hash: string): void {
  const { acts } = turn.step(step.id);
  if (countYes(acts, hash, body) < body.need) return;
  const signers = acts.filter((act) => counts(act, hash));
  turn.setStep(step.id, { output: { hash, signed_by: signers.map((each) => `${each.name} (${each.role})`) } });
  passStep(turn, step, { ok: true, expected: `${body.need} of ${body.by.join(', ')}` });
}

function countYes(acts: readonly Act[], hash: string, body: DecisionBody): number {
  const valid = acts.filter((act) => counts(act, hash));
  const people = new Set(valid.map((act) => act.personId)).size;
  return body.kind === 'sign_off' ? Math.min(people, new Set(valid.map((act) => act.role)).size) : people;
}

const counts = (act: Act, hash: string): boolean => act.decision === 'yes' && act.hash === hash;

const bindable = (turn: Turn): Bindable => ({
  facts: turn.facts,
  artifacts: turn.artifacts,
  step: (id) => (turn.index.hasStep(id) ? turn.step(id) : undefined),
});

/**
 * Rule 11: what changed under a yes. Not used yet, the step asks again and holds what waits for it; used already, it is
 * a finding. What changed back to how enough people agreed to it is not asked any more. Only approvals whose content may
 * have changed in this turn are looked at.
 */
export function reviewApprovals(turn: Turn): void {
  if (turn.ending !== undefined || !turn.hasChangedContent) return;
  for (const id of turn.index.decisions) {
    const step = turn.definition(id);
    const { body } = step;
    if (body.kind !== 'approve' && body.kind !== 'sign_off') continue;
    const { status, waitingFor } = turn.step(id);
    const isOpen = status === 'waiting' && waitingFor === 'approval';
    if ((status !== 'passed' && !isOpen) || !body.of.some((name) => hasChanged(turn, name))) continue;
    if (isOpen) decideFromEarlier(turn, step, body);
    else review(turn, step, body);
  }
}

function hasChanged(turn: Turn, name: string): boolean {
  if (turn.isCarriedOver) return true;
  const [kind, id = ''] = name.split('.');
  switch (kind) {
    case 'artifacts':
      return turn.artifacts[id] !== turn.artifactsBefore[id];
    case 'steps':
      return turn.index.hasStep(id) && turn.step(id) !== turn.before(id);
    default:
      return turn.facts !== turn.factsBefore;
  }
}

function review(turn: Turn, step: Step, body: DecisionBody): void {
  const given = turn.step(step.id).output?.hash;
  if (given === undefined || boundHash(turn.runbook, bindable(turn), body) === given) return;
  if (isUsed(turn, step)) {
    if (turn.reviewed.has(`found:${step.id}`)) return;
    turn.reviewed.add(`found:${step.id}`);
    const message = `What ${step.id} was given for has changed since: ${body.of.join(', ')}.`;
    turn.emit({ do: 'finding', step: step.id, message });
    return;
  }
  turn.setStep(step.id, { doneAt: undefined, output: undefined });
  limitTime(turn, step);
  askPeople(turn, step, 'approval');
  decideFromEarlier(turn, step, body);
}

/** Something that waited for the yes has begun, or its phase has closed over it. */
const isUsed = (turn: Turn, step: Step): boolean =>
  turn.phase(step.phase).status !== 'open' ||
  turn.someStep(
    (other, state) => other.needs.includes(step.id) && state.status !== 'pending' && state.status !== 'skipped',
  );
