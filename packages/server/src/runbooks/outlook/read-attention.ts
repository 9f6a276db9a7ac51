/** What needs somebody now, over all live runs within reach. */
import { type AttentionView, type RunView, toWireId } from '@tenantry/contract';
import { type Ctx, covers, permit } from '../../access/index.ts';
import { listEndingContracts } from '../../tenants/index.ts';
import { listLiveRuns, type RunRecord, reachRun, viewRun } from '../runs/index.ts';
import { timelineOf } from './timeline-of.ts';

/** Live runs that are read at most: those that are halted first, then those that wait for people, oldest first. */
const RUNS_MAX = 200;
const SOON_MS = 3 * 86_400_000;
const CONTRACT_DAYS = 60;

export async function readAttention(ctx: Ctx): Promise<AttentionView> {
  permit(ctx.actor, 'runs:read');
  const ids = await listLiveRuns(ctx, RUNS_MAX + 1);
  const roles = ctx.actor.kind === 'person' ? ctx.actor.roles : [];
  const asks: AttentionView['asks'] = [];
  const halts: AttentionView['halts'] = [];
  const gates: AttentionView['gates'] = [];
  for (const id of ids.slice(0, RUNS_MAX)) {
    const record = await reachRun(ctx, id);
    const view = viewRun(record, { now: ctx.now, updatedAt: ctx.now });
    asks.push(...asksOf(view, roles));
    halts.push(...haltsOf(view));
    gates.push(...gatesOf(record, view, ctx.now));
  }
  return {
    schema: 'tenantry.attention/1',
    asks: asks.sort((a, b) => Number(b.mine) - Number(a.mine) || (a.asked_at ?? '').localeCompare(b.asked_at ?? '')),
    halts,
    gates: gates.sort((a, b) => b.late_ms - a.late_ms),
    contracts: await contractsOf(ctx),
    runs_read: Math.min(ids.length, RUNS_MAX),
    more: ids.length > RUNS_MAX,
  };
}

const inRun = ({ id, title, status, tenant_slug }: RunView) => ({
  run: id,
  run_title: title,
  run_status: status,
  tenant_slug,
});

const asksOf = (view: RunView, roles: readonly string[]): AttentionView['asks'] =>
  view.asks.map((ask) => ({
    ...inRun(view),
    step: ask.step,
    title: ask.title,
    kind: ask.kind,
    roles: ask.roles,
    mine: ask.roles.some((role) => roles.includes(role)),
    asked_at: ask.asked_at,
    escalated: view.steps.find(({ id }) => id === ask.step)?.escalated ?? 0,
  }));

const haltsOf = (view: RunView): AttentionView['halts'] =>
  view.halts.map(({ step, status, failure }) => ({
    ...inRun(view),
    step,
    title: view.steps.find(({ id }) => id === step)?.title ?? step,
    status,
    message: failure?.message ?? null,
  }));

/** A phase that is late, or should be done within days, while something still holds it. */
function gatesOf(record: RunRecord, view: RunView, now: Date): AttentionView['gates'] {
  const timeline = timelineOf(record, now);
  if (timeline === undefined) return [];
  return view.phases.flatMap((phase) => {
    const held = phase.status === 'waiting' || phase.status === 'open';
    const plan = timeline.plan.phases.find(({ id }) => id === phase.id);
    if (!held || plan === undefined || phase.blocked_by.length === 0) return [];
    const dueAt = phase.status === 'open' ? plan.latestEnd : plan.latestStart;
    const lateMs = now.getTime() - Date.parse(dueAt);
    if (lateMs < -SOON_MS) return [];
    const { id: phaseId, title, blocked_by } = phase;
    return [{ ...inRun(view), phase: phaseId, title, blocked_by, due_at: dueAt, late_ms: Math.max(0, lateMs) }];
  });
}

async function contractsOf(ctx: Ctx): Promise<AttentionView['contracts']> {
  if (!covers(ctx.actor, 'tenants:read', {})) return [];
  const rows = await listEndingContracts(ctx, { withinDays: CONTRACT_DAYS });
  return rows.map(({ id, legalName, endsOn }) => ({
    client_id: toWireId('client', id),
    name: legalName,
    ends_on: endsOn,
  }));
}
