/** Human steps: tasks done, approvals and sign-offs given, each by a named person in a role. */
import { TenantryError } from '@tenantry/contract';
import type {
  ApproveBody,
  ChecklistItem,
  JsonObject,
  Owners,
  Runbook,
  SignOffBody,
  Step,
  TaskBody,
} from '../definition.ts';
import { evaluateGate } from '../expr/index.ts';
import { indexOf } from '../runbook-index.ts';
import type { Person } from './event.ts';
import { failStep, passStep, wrongState } from './outcome.ts';
import { scopeOf } from './scope.ts';
import { attempt } from './start-step.ts';
import type { Act, ArtifactState } from './state.ts';
import type { Turn } from './turn.ts';

/** Who may act on a step: its own owner, else its phase's. */
export const ownersOf = (runbook: Runbook, step: Step): Owners =>
  step.owner ?? indexOf(runbook).phase(step.phase).owner ?? { mode: 'any', roles: [] };

export interface TaskReport {
  readonly by: Person;
  readonly output: JsonObject;
  readonly ticks: readonly string[];
  readonly note?: string;
  readonly artifact?: ArtifactState;
}

/**
 * Settles a task once everyone who must act has acted and every item is ticked (RUN-32).
 *
 * @throws run.wrong_state, access.forbidden, request.invalid
 */
export function taskDone(turn: Turn, step: Step, body: TaskBody, report: TaskReport): void {
  const state = turn.step(step.id);
  if (state.status !== 'waiting' || state.waitingFor !== 'person') {
    throw wrongState(step, state.status, 'completed', 'Only a task that waits for a person can be completed.');
  }
  const owners = ownersOf(turn.runbook, step);
  mustHoldRole(step, owners.roles, report.by);
  mustBeWhole(turn, step, body, report);
  const acts = [...state.acts, actOf(turn, report.by, 'done', report.note)];
  const output = { ...state.output, ...report.output };
  if (report.artifact !== undefined && step.artifact !== undefined) turn.setArtifact(step.artifact, report.artifact);
  turn.setStep(step.id, { acts, output });
  const acted = new Set(acts.map((act) => act.role));
  if (owners.mode === 'all' && !owners.roles.every((role) => acted.has(role))) return;
  if (body.verify !== undefined) {
    attempt(turn, step, 'check', body.verify.check, body.verify.with);
    return;
  }
  passStep(turn, step, { ok: true, expected: 'done by its owner' });
}

function mustHoldRole(step: Step, roles: readonly string[], by: Person): void {
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

function mustBeWhole(turn: Turn, step: Step, body: TaskBody, report: TaskReport): void {
  const faults = body.checklist
    .filter((item) => applies(turn, item) && !isTicked(turn, item, report.ticks))
    .map((item) => ({ path: `ticks.${item.id}`, message: openItem(item) }));
  const known = new Set(body.checklist.map((item) => item.id));
  for (const tick of report.ticks) {
    if (!known.has(tick)) faults.push({ path: `ticks.${tick}`, message: `there is no item ${tick}` });
  }
  if (body.evidence === 'file' ? report.artifact === undefined : body.evidence !== undefined && !report.note) {
    faults.push({
      path: body.evidence === 'file' ? 'file' : 'note',
      message: `this task asks for a ${body.evidence} as evidence`,
    });
  }
  if (faults.length === 0) return;
  throw new TenantryError(
    'request.invalid',
    `Step ${step.id} is not complete: ${faults.map((fault) => fault.message).join('; ')}.`,
    { faults },
  );
}

function applies(turn: Turn, item: ChecklistItem): boolean {
  return item.if === undefined || evaluateGate(item.if, scopeOf(turn));
}

/** An item with `expect` is ticked by the system and by nobody else. */
function isTicked(turn: Turn, item: ChecklistItem, ticks: readonly string[]): boolean {
  return item.expect === undefined ? ticks.includes(item.id) : evaluateGate(item.expect, scopeOf(turn));
}

const openItem = (item: ChecklistItem): string =>
  item.expect === undefined
    ? `"${item.item}" (${item.id}) is not ticked`
    : `"${item.item}" does not hold yet: ${item.expect}`;

export interface Decision {
  readonly by: Person;
  readonly decision: 'yes' | 'no';
  readonly hash: string;
  readonly note?: string;
}

/**
 * Counts a yes or settles a no. Only a yes bound to the newest content counts, one for each person, and for a
 * sign-off one for each role.
 *
 * @throws run.wrong_state, access.forbidden
 */
export function decided(turn: Turn, step: Step, body: ApproveBody | SignOffBody, decision: Decision): void {
  const state = turn.step(step.id);
  if (state.status !== 'waiting' || state.waitingFor !== 'approval') {
    throw wrongState(step, state.status, 'decided', 'Only an open approval can be decided.');
  }
  mustHoldRole(step, body.by, decision.by);
  if (state.acts.some((act) => act.personId === decision.by.id && act.hash === decision.hash)) {
    throw new TenantryError('run.conflict', `${decision.by.name} has decided on step ${step.id} already.`, {
      next: 'Another person must decide.',
    });
  }
  const act: Act = { ...actOf(turn, decision.by, decision.decision, decision.note), hash: decision.hash };
  const acts = [...state.acts, act];
  turn.setStep(step.id, { acts });
  if (decision.decision === 'no') {
    const why = decision.note === undefined ? '' : `: ${decision.note}`;
    failStep(turn, step, {
      code: 'run.refused',
      message: `${decision.by.name} (${decision.by.role}) said no${why}`,
      retryable: false,
      next: 'Mend what was refused, then retry the step to ask again.',
    });
    return;
  }
  if (countYes(acts, decision.hash, body) < body.need) return;
  turn.setStep(step.id, {
    output: { hash: decision.hash, signed_by: acts.map((each) => `${each.name} (${each.role})`) },
  });
  passStep(turn, step, { ok: true, expected: `${body.need} of ${body.by.join(', ')}` });
}

function countYes(acts: readonly Act[], hash: string, body: ApproveBody | SignOffBody): number {
  const valid = acts.filter((act) => act.decision === 'yes' && act.hash === hash);
  const people = new Set(valid.map((act) => act.personId)).size;
  return body.kind === 'sign_off' ? Math.min(people, new Set(valid.map((act) => act.role)).size) : people;
}

function actOf(turn: Turn, by: Person, decision: Act['decision'], note: string | undefined): Act {
  return {
    personId: by.id,
    name: by.name,
    role: by.role,
    decision,
    at: turn.at,
    ...(note === undefined ? {} : { note }),
  };
}
