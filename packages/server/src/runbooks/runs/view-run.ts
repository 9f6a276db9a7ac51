/** A run as people and programs see it: state, what waits for whom, and what stopped it. Pure. */
import type { AskView, CommentView, RunView, StepView } from '@tenantry/contract';
import { toWireId } from '@tenantry/contract';
import {
  type Act,
  answerBy,
  type ChecklistItem,
  type Comment,
  decisionHash,
  ExpressionError,
  effectiveStep,
  evaluateGate,
  formOf,
  type Json,
  ownersOf,
  renderTemplate,
  type Step,
  type StepState,
  scopeAt,
  stepsOf,
  type TaskBody,
  type Tick,
} from '@tenantry/runbook';
import type { RunRecord } from './run-record.ts';

export interface ViewOptions {
  readonly now: Date;
  readonly updatedAt: Date;
}

export function viewRun(record: RunRecord, { now, updatedAt }: ViewOptions): RunView {
  const { runbook, state, meta } = record;
  const steps = stepsOf(runbook);
  return {
    schema: 'tenantry.run/1',
    id: toWireId('run', record.id),
    title: meta.title,
    runbook: runbook.id,
    version: runbook.version,
    status: state.status,
    tenant_id: meta.tenantId,
    tenant_slug: meta.tenantSlug,
    started_by: meta.startedBy.name,
    created_at: meta.createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
    revision: record.revision,
    go_live: state.facts.go_live,
    parent: meta.parent === undefined ? null : { run: toWireId('run', meta.parent.runId), step: meta.parent.step },
    subject_run: meta.subjectRunId === undefined ? null : toWireId('run', meta.subjectRunId),
    ending: state.ending ?? null,
    phases: runbook.phases.map((phase) => {
      const held = state.phases[phase.id];
      return {
        id: phase.id,
        title: phase.title,
        status: held?.status ?? 'pending',
        round: held?.round ?? 1,
        starts_at: held?.startsAt ?? null,
        blocked_by: [...(held?.blockedBy ?? [])],
        opened_at: held?.openedAt ?? null,
        done_at: held?.doneAt ?? null,
        comments: commentsOf(held),
      };
    }),
    steps: steps.map((step) => viewStep(record, step)),
    artifacts: Object.fromEntries(Object.entries(state.artifacts).map(([name, artifact]) => [name, { ...artifact }])),
    asks: steps.flatMap((step) => askOf(record, step, now) ?? []),
    halts: steps.flatMap((step) => haltOf(record, step)),
  };
}

export function viewStep(record: RunRecord, written: Step): StepView {
  const held = record.state.steps[written.id];
  const step = effectiveStep(written, held);
  return {
    id: step.id,
    phase: step.phase,
    title: step.title,
    kind: written.body.kind,
    name: nameOf(step),
    status: held?.status ?? 'pending',
    waiting_for: held?.waitingFor ?? null,
    round: held?.round ?? 1,
    tries: held?.tries ?? 0,
    owners: [...ownersOf(record.runbook, step).roles],
    started_at: held?.startedAt ?? null,
    done_at: held?.doneAt ?? null,
    output: held?.output === undefined ? null : { ...held.output },
    failure: held?.failure ?? null,
    skip_reason: held?.skipReason ?? null,
    override: held?.override ?? null,
    acts: (held?.acts ?? []).map(({ personId: _personId, ...act }) => act),
    starts_at: held?.startsAt ?? null,
    choice: held?.choice ?? null,
    occurrences: (held?.occurrences ?? []).map(({ at, status, doneAt }) => ({ at, status, done_at: doneAt ?? null })),
    manual: held?.manual === true,
    child: held?.child?.id === undefined ? null : toWireId('run', held.child.id),
    escalated: held?.escalated ?? 0,
    resources: held?.made ?? 0,
    comments: commentsOf(held),
    ticks: ticksOf(step, held),
  };
}

function viewTick(tick: Tick | undefined): Omit<Tick, 'personId'> | undefined {
  if (tick === undefined) return undefined;
  const { personId: _personId, ...rest } = tick;
  return rest;
}

const ticksOf = ({ body }: Step, held: StepState | undefined): StepView['ticks'] =>
  (body.kind === 'task' ? body.checklist : []).flatMap((item) => {
    const tick = viewTick(held?.ticked?.[item.id]);
    return tick === undefined ? [] : [{ ...tick, item: item.id, text: item.item }];
  });

type Commented = { readonly round: number; readonly comments?: readonly Comment[] };

const commentsOf = (held: Commented | undefined): CommentView[] =>
  (held?.comments ?? []).map(({ personId: _personId, ...comment }) => comment);

/** What was said in this round on the step and on its phase, oldest first. */
function commentsBefore({ state }: RunRecord, step: Step): CommentView[] {
  const places: readonly (Commented | undefined)[] = [state.steps[step.id], state.phases[step.phase]];
  return places
    .flatMap((held) => commentsOf(held).filter(({ round }) => round === held?.round))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function nameOf({ body }: Step): string | null {
  switch (body.kind) {
    case 'uses':
      return body.action;
    case 'check':
      return body.probe;
    case 'document':
      return body.template;
    default:
      return null;
  }
}

function haltOf(record: RunRecord, step: Step): RunView['halts'] {
  const held = record.state.steps[step.id];
  if (held === undefined) return [];
  const stops =
    held.status === 'uncertain' ||
    held.status === 'undo_failed' ||
    (held.status === 'failed' && step.onFail.do !== 'continue' && record.state.ending === undefined);
  return stops ? [{ step: step.id, status: held.status, failure: held.failure ?? null }] : [];
}

function askOf(record: RunRecord, written: Step, now: Date): AskView | undefined {
  const held = record.state.steps[written.id];
  const step = effectiveStep(written, held);
  if (held?.status === 'undoing' && step.undo.do === 'body' && step.undo.body.kind === 'task') {
    const roles = step.undo.owner?.roles ?? ownersOf(record.runbook, step).roles;
    return { ...taskAsk(record, step, step.undo.body, now), kind: 'undo_task', roles: [...roles] };
  }
  if (held?.status !== 'waiting') return undefined;
  const ask = held.waitingFor === 'person' ? personAsk(record, step, held, now) : decisionAsk(record, step, held);
  if (ask === undefined) return undefined;
  const comments = commentsBefore(record, step);
  const due = answerBy(record.runbook, record.state, step.id) ?? null;
  return { ...ask, asked_at: held.askedAt ?? null, due_at: due, failure: held.failure ?? null, comments };
}

function personAsk(record: RunRecord, step: Step, held: StepState, now: Date): AskView | undefined {
  const { body } = step;
  const roles = [...ownersOf(record.runbook, step).roles];
  switch (body.kind) {
    case 'task':
      return taskAsk(record, step, body, now);
    case 'choose': {
      const options = Object.entries(body.options).map(([id, option]) => ({
        id,
        title: option.title ?? id.replaceAll('_', ' '),
        recommended: id === body.recommended,
      }));
      return { ...emptyAsk(step), kind: 'choose', roles, options };
    }
    case 'uses': {
      const render = renderer(record, now);
      if (held.manual !== true) {
        const text = `${step.title} cannot be taken back. Type the text to go on.`;
        return { ...emptyAsk(step), kind: 'confirm', roles, text, confirm: render.text(body.confirm ?? '') };
      }
      const shows = Object.fromEntries(Object.entries(body.with).map(([name, value]) => [name, render.value(value)]));
      return { ...emptyAsk(step), kind: 'manual', roles, text: `Do by hand what ${body.action} would do.`, shows };
    }
    default:
      return undefined;
  }
}

function decisionAsk(record: RunRecord, step: Step, held: StepState): AskView | undefined {
  const { body } = step;
  if (held.waitingFor !== 'approval' || (body.kind !== 'approve' && body.kind !== 'sign_off')) return undefined;
  const hash = decisionHash(record.runbook, record.state, body);
  // Who said yes to what stood there before is asked again.
  const acts = held.acts.filter((act) => act.hash === hash);
  const gone = new Set(acts.map((act) => act.role));
  return {
    ...emptyAsk(step),
    kind: body.kind,
    roles: body.by.filter((role) => body.kind === 'approve' || !gone.has(role)),
    need: body.need - countedYes(acts),
    text: body.kind === 'sign_off' ? body.statement : `Approve: ${body.of.join(', ')}`,
    statement: body.kind === 'sign_off' ? body.statement : null,
    hash,
  };
}

/** Texts and values as they stand now; what cannot be rendered is shown as it was written. */
function renderer(record: RunRecord, now: Date) {
  const scope = scopeAt(record.runbook, record.state, now.toISOString());
  const value = (template: Json): Json => {
    try {
      return renderTemplate(template, scope);
    } catch (error) {
      if (error instanceof ExpressionError) return template;
      throw error;
    }
  };
  const text = (template: string): string => {
    const rendered = value(template);
    return typeof rendered === 'string' ? rendered : JSON.stringify(rendered);
  };
  return { value, text };
}

const countedYes = (acts: readonly Act[]): number =>
  new Set(acts.filter((act) => act.decision === 'yes').map((act) => act.personId)).size;

function taskAsk(record: RunRecord, step: Step, body: TaskBody, now: Date): AskView {
  const { text, value } = renderer(record, now);
  const owners = ownersOf(record.runbook, step);
  const form = formOf(record.runbook, body);
  const held = record.state.steps[step.id];
  const acted = new Set(owners.mode === 'all' ? held?.acts.map(({ role }) => role) : []);
  return {
    ...emptyAsk(step),
    kind: 'task',
    roles: owners.roles.filter((role) => !acted.has(role)),
    need: owners.mode === 'all' ? owners.roles.length - acted.size : 1,
    text: text(body.text),
    instructions: step.instructions === undefined ? null : text(step.instructions),
    checklist: body.checklist
      .filter((item) => applies(record, item, now))
      .map((item) => {
        const found = held?.items?.[item.id];
        return {
          id: item.id,
          item: text(item.item),
          by_system: isSystemItem(item),
          roles: [...(item.owner?.roles ?? owners.roles)],
          evidence: item.evidence ?? null,
          ticked: viewTick(held?.ticked?.[item.id]) ?? null,
          found: found === undefined ? null : { ok: found.ok, at: found.at, reason: found.reason ?? null },
        };
      }),
    form: Object.fromEntries(Object.entries(form.fields).map(([name, schema]) => [name, { ...schema }])),
    form_required: [...form.required],
    shows: Object.fromEntries(Object.entries(body.shows).map(([label, template]) => [label, value(template)])),
    evidence: body.evidence ?? null,
  };
}

/** What cannot be decided yet is shown. */
function applies(record: RunRecord, item: ChecklistItem, now: Date): boolean {
  if (item.if === undefined) return true;
  try {
    return evaluateGate(item.if, scopeAt(record.runbook, record.state, now.toISOString()));
  } catch (error) {
    if (error instanceof ExpressionError) return true;
    throw error;
  }
}

const isSystemItem = (item: ChecklistItem): boolean => item.expect !== undefined || item.check !== undefined;

function emptyAsk(step: Step): AskView {
  return {
    step: step.id,
    title: step.title,
    kind: 'task',
    roles: [],
    need: 1,
    text: step.title,
    instructions: step.instructions ?? null,
    help: step.help ?? null,
    checklist: [],
    options: [],
    confirm: null,
    asked_at: null,
    due_at: null,
    failure: null,
    form: {},
    form_required: [],
    shows: {},
    evidence: null,
    statement: null,
    hash: null,
    comments: [],
  };
}
