/** How far a run is, in the words of its client. Pure: a run, the roles of who looks, and the time it is. */
import type { AskView, PortalPhaseView, PortalRunView, PortalWaitView } from '@tenantry/contract';
import { toWireId } from '@tenantry/contract';
import {
  ExpressionError,
  isTerminal,
  type PhaseStatus,
  planTimeline,
  type Runbook,
  slippage,
  type TimelinePlan,
  timelineRequest,
} from '@tenantry/runbook';
import { type RunRecord, viewRun } from '../../runbooks/index.ts';

/** Whether the client has a part in it at all: a runbook without one is the vendor's own business. */
export const concernsClient = ({ roles }: Runbook): boolean =>
  Object.values(roles).some(({ party }) => party === 'client');

export const asksOf = (record: RunRecord, now: Date): readonly AskView[] =>
  viewRun(record, { now, updatedAt: now }).asks;

export function viewProgress(record: RunRecord, roles: readonly string[], now: Date): PortalRunView {
  const asks = asksOf(record, now);
  const waits = waitsOf(record, asks, roles);
  const phases = phasesOf(record, now);
  const counted = phases.filter(({ state }) => state !== 'skipped');
  return {
    id: toWireId('run', record.id),
    title: record.meta.title,
    state: stateOf(record, waits),
    go_live: record.state.facts.go_live,
    done: counted.filter(({ state }) => state === 'done').length,
    of: counted.length,
    phases,
    waits,
  };
}

function stateOf({ state }: RunRecord, waits: readonly PortalWaitView[]): PortalRunView['state'] {
  if (state.status === 'completed') return 'done';
  if (isTerminal(state.status)) return 'ended';
  // What the client is asked for can be done while something else stands still.
  if (waits.some(({ whom }) => whom === 'you')) return 'waits_for_you';
  if (state.status !== 'running' && state.status !== 'waiting' && state.status !== 'planned') return 'paused';
  if (waits.some(({ whom }) => whom === 'vendor')) return 'waits_for_vendor';
  return 'moving';
}

const STATES: Readonly<Record<PhaseStatus, PortalPhaseView['state']>> = {
  pending: 'next',
  waiting: 'next',
  open: 'now',
  passed: 'done',
  skipped: 'skipped',
};

function phasesOf(record: RunRecord, now: Date): PortalPhaseView[] {
  const { runbook, state } = record;
  const plan = planOf(record);
  const late = new Set(
    plan === undefined
      ? []
      : slippage(plan, state.phases, now.toISOString()).flatMap(({ id, status }) => (status === 'late' ? [id] : [])),
  );
  return runbook.phases.map(({ id, title }) => {
    const held = state.phases[id];
    const planned = plan?.phases.find((phase) => phase.id === id);
    const phase = STATES[held?.status ?? 'pending'];
    return {
      id,
      title,
      state: phase,
      planned_from: planned?.earliestStart ?? null,
      planned_to: planned?.latestEnd ?? null,
      late: phase !== 'done' && late.has(id),
      done_at: held?.doneAt ?? null,
    };
  });
}

/** Undefined where the dates of the run cannot be worked out: then none are shown, and the rest is. */
function planOf({ runbook, state }: RunRecord): TimelinePlan | undefined {
  try {
    return planTimeline(runbook, timelineRequest(runbook, state.facts));
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

/** What the vendor does inside a phase is not told: only that the phase waits for them, and for whom. */
function waitsOf(record: RunRecord, asks: readonly AskView[], mine: readonly string[]): PortalWaitView[] {
  const { runbook } = record;
  const waits = new Map<string, PortalWaitView>();
  for (const ask of asks) {
    const theirs = ask.roles.filter((role) => runbook.roles[role]?.party === 'client');
    const ours = ask.roles.filter((role) => !theirs.includes(role));
    const titles = (roles: readonly string[]): string =>
      roles.map((role) => runbook.roles[role]?.title ?? role).join(', ');
    const phase = runbook.phases.find(({ steps }) => steps.some(({ id }) => id === ask.step))?.title ?? '';
    if (theirs.length > 0) {
      const whom = theirs.some((role) => mine.includes(role)) ? 'you' : 'client';
      waits.set(`${whom}:${ask.step}`, { whom, who: titles(theirs), what: ask.title, since: ask.asked_at });
    }
    const key = `vendor:${titles(ours)}:${phase}`;
    if (ours.length > 0 && !waits.has(key)) {
      waits.set(key, { whom: 'vendor', who: titles(ours), what: phase, since: ask.asked_at });
    }
  }
  return [...waits.values()];
}
