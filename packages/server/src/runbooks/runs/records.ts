/** What a move leaves behind for people: evidence rows and audit rows, worked out from the event and its effect. */
import { type RunEvent, stepsOf } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import type { AuditEntry } from '../../audit/index.ts';
import type { Move } from './move.ts';

export interface EvidenceRow {
  readonly step: string;
  readonly round: number;
  readonly try: number;
  /** `proof`: an action verified. `probe`: a check's facts. `act`: what a person did. `undo`: something taken back. */
  readonly kind: 'proof' | 'probe' | 'document' | 'act' | 'override' | 'undo';
  readonly ok: boolean | null;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly actor: unknown;
}

export function evidenceOf(ctx: Ctx, move: Move): readonly EvidenceRow[] {
  const { event } = move;
  switch (event.type) {
    case 'attempt_passed':
    case 'attempt_failed':
    case 'attempt_uncertain':
      return [attemptEvidence(ctx, move, event)];
    case 'task_done':
      return [
        personEvidence(ctx, move, event.step, 'act', {
          output: event.output,
          ticks: event.ticks,
          ...(event.items === undefined || Object.keys(event.items).length === 0 ? {} : { items: event.items }),
          note: event.note ?? null,
          artifact: event.artifact ?? null,
        }),
      ];
    case 'item_ticked':
      return [personEvidence(ctx, move, event.step, 'act', { item: event.item, done: event.done, ...event.evidence })];
    case 'decided':
      return [
        personEvidence(ctx, move, event.step, 'act', {
          decision: event.decision,
          hash: event.hash,
          note: event.note ?? null,
          ...heardBefore(move, event.step),
        }),
      ];
    case 'overridden':
      return [personEvidence(ctx, move, event.step, 'override', { reason: event.reason })];
    case 'resolved':
      return [personEvidence(ctx, move, event.step, 'override', { outcome: event.outcome, reason: event.reason })];
    default:
      return [];
  }
}

/** What stood under the eyes of whoever decided: the comments of this round, on the step and on its phase. */
function heardBefore({ before }: Move, id: string): { readonly comments?: readonly object[] } {
  const step = stepsOf(before.runbook).find((each) => each.id === id);
  const places = [before.state.steps[id], before.state.phases[step?.phase ?? '']];
  const comments = places.flatMap((held) =>
    (held?.comments ?? [])
      .filter(({ round }) => round === held?.round)
      .map(({ name, role, at, text }) => ({ name, role, at, text })),
  );
  return comments.length === 0 ? {} : { comments };
}

type AttemptEvent = Extract<RunEvent, { type: 'attempt_passed' | 'attempt_failed' | 'attempt_uncertain' }>;

function attemptEvidence(ctx: Ctx, move: Move, event: AttemptEvent): EvidenceRow {
  const verdict = move.commands.find((command) => command.do === 'report' && command.step === event.step);
  const judged = verdict?.do === 'report' ? verdict.verdict : undefined;
  const { result } = move;
  const failed = event.type === 'attempt_passed' ? undefined : event.failure;
  return {
    step: event.step,
    round: event.round,
    try: event.try,
    kind: kindOf(move, event),
    ok: judged?.ok ?? event.type === 'attempt_passed',
    expected: {
      ...(judged === undefined ? {} : { holds: judged.expected }),
      ...(result?.proof === undefined ? {} : { proof: result.proof.expected }),
    },
    actual: failed ?? {
      output: event.type === 'attempt_passed' ? event.output : {},
      ...(result?.proof === undefined ? {} : { proof: result.proof.actual }),
    },
    actor: ctx.actor,
  };
}

function kindOf(move: Move, event: AttemptEvent): EvidenceRow['kind'] {
  if (move.before.state.steps[event.step]?.status === 'undoing') return 'undo';
  const step = move.before.runbook.phases
    .flatMap((phase) => phase.steps)
    .find((candidate) => candidate.id === event.step);
  if (step?.body.kind === 'uses') return 'proof';
  return step?.body.kind === 'document' ? 'document' : 'probe';
}

function personEvidence(ctx: Ctx, move: Move, step: string, kind: 'act' | 'override', actual: unknown): EvidenceRow {
  const state = move.before.state.steps[step];
  return {
    step,
    round: state?.round ?? 1,
    try: state?.tries ?? 0,
    kind,
    ok: null,
    expected: null,
    actual,
    actor: ctx.actor,
  };
}

/** One row for each move a person made, and one for each step that came to rest. */
export function auditOf(_ctx: Ctx, move: Move): readonly AuditEntry[] {
  const { before, state, event } = move;
  const run = { runId: before.id, ...(before.meta.tenantId === null ? {} : { tenantId: before.meta.tenantId }) };
  const subject = { kind: 'run', id: before.id, name: before.meta.title };
  const rows: AuditEntry[] = [];
  if ('step' in event) {
    const after = state.steps[event.step];
    rows.push({
      ...run,
      action: `run.${event.type}`,
      subject: { kind: 'step', id: `${before.id}/${event.step}` },
      detail: { status: after?.status, ...factsOf(event) },
    });
  } else if (event.type !== 'timer') {
    rows.push({ ...run, action: `run.${event.type}`, subject, detail: factsOf(event) });
  }
  if (state.status !== before.state.status) {
    rows.push({
      ...run,
      action: `run.status_changed`,
      subject,
      detail: { from: before.state.status, to: state.status },
    });
  }
  return rows;
}

/** Never outputs or inputs: they may hold a client's data, and stand in the evidence already. */
function factsOf(event: RunEvent): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case 'decided':
      return { decision: event.decision, role: event.by.role, hash: event.hash };
    case 'item_ticked':
      return { item: event.item, done: event.done, role: event.by.role };
    case 'commented':
      return { role: event.by.role };
    case 'phase_commented':
      return { role: event.by.role, phase: event.phase };
    case 'overridden':
    case 'resolved':
    case 'gate_overridden':
      return { role: event.by.role, reason: event.reason };
    case 'ended_early':
      return { to: event.to, undo: event.undo, reason: event.reason };
    case 'attempt_failed':
    case 'attempt_uncertain':
      return { try: event.try, code: event.failure.code };
    case 'attempt_passed':
      return { try: event.try };
    default:
      return {};
  }
}
