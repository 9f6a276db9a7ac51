/** What people look at beside the state of a run: how it stands in time, what holds each gate, how steps depend. */
import type { RunOutlookView } from '@tenantry/contract';
import { ExpressionError, evaluateGate, type Gate, type Phase, type Step, scopeAt, stepsOf } from '@tenantry/runbook';
import { type Ctx, isClientPerson } from '../../access/index.ts';
import { type RunRecord, reachRun } from '../runs/index.ts';
import { type RunTimeline, timelineOf } from './timeline-of.ts';

const DAY_MS = 86_400_000;

/** @throws run.not_found also for runs of another client */
export async function readOutlook(ctx: Ctx, id: string): Promise<RunOutlookView> {
  const record = await reachRun(ctx, id);
  const { runbook, state } = record;
  const roles = ctx.actor.kind === 'person' ? ctx.actor.roles : [];
  const holds = (allowed: readonly string[]): boolean => allowed.some((role) => roles.includes(role));
  const timeline = timelineOf(record, ctx.now);
  const forecast = timeline?.forecast.goLive ?? null;
  return {
    schema: 'tenantry.run_outlook/1',
    revision: record.revision,
    now: ctx.now.toISOString(),
    zone: state.facts.calendar?.timezone ?? 'UTC',
    go_live: state.facts.go_live,
    forecast_go_live: forecast,
    late_ms: lateBy(state.facts.go_live, forecast),
    phases: runbook.phases.map((phase) => viewPhase(record, phase, timeline, ctx.now)),
    steps: stepsOf(runbook).map((step) =>
      viewStep(step, { internal: !isClientPerson(ctx.actor), mayOverride: holds(runbook.may.override) }),
    ),
    may: {
      override: holds(runbook.may.override),
      cancel: holds(runbook.may.cancel),
      rollback: holds(runbook.may.rollback),
    },
  };
}

/** A date is that whole day, so being late begins with the next. */
function lateBy(agreed: string | null, expected: string | null): number {
  if (agreed === null || expected === null) return 0;
  const last = Date.parse(agreed) + (agreed.includes('T') ? 0 : DAY_MS);
  return Math.max(0, Date.parse(expected) - last);
}

function viewPhase(
  record: RunRecord,
  phase: Phase,
  timeline: RunTimeline | undefined,
  now: Date,
): RunOutlookView['phases'][number] {
  const held = record.state.phases[phase.id];
  const plan = timeline?.plan.phases.find(({ id }) => id === phase.id);
  const slip = timeline?.slips.find(({ id }) => id === phase.id);
  const forecast = timeline?.forecast.phases.find(({ id }) => id === phase.id);
  return {
    id: phase.id,
    title: phase.title,
    needs: [...phase.needs],
    planned: plan === undefined ? null : { from: plan.earliestStart, to: plan.latestEnd },
    actual: held?.openedAt === undefined ? null : { from: held.openedAt, to: held.doneAt ?? null },
    forecast: forecast === undefined ? null : { from: forecast.from, to: forecast.to },
    standing: slip?.status ?? null,
    late_ms: slip?.lateMs ?? 0,
    entry: viewGates(record, phase, phase.entry, now),
    exit: viewGates(record, phase, phase.exit, now),
  };
}

type GateLine = RunOutlookView['phases'][number]['entry'][number];

function viewGates(record: RunRecord, phase: Phase, gates: readonly Gate[], now: Date): GateLine[] {
  const scope = scopeAt(record.runbook, record.state, now.toISOString());
  const overridden = new Set(record.state.phases[phase.id]?.overridden);
  return gates.map(({ label, expression }) => {
    const line = { label, expression, overridden: overridden.has(label) };
    try {
      return { ...line, holds: evaluateGate(expression, scope) };
    } catch (error) {
      if (error instanceof ExpressionError) return { ...line, holds: null };
      throw error;
    }
  });
}

interface StepOptions {
  readonly internal: boolean;
  readonly mayOverride: boolean;
}

function viewStep(step: Step, { internal, mayOverride }: StepOptions): RunOutlookView['steps'][number] {
  const { body } = step;
  return {
    id: step.id,
    needs: [...step.needs],
    if: step.if ?? null,
    expect: (body.kind === 'check' || body.kind === 'uses') && body.expect !== undefined ? body.expect : null,
    may_override: mayOverride,
    undo: step.undo.do,
    written: internal ? body : null,
  };
}
