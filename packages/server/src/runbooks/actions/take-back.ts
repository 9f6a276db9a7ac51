import { TenantryError, toWireId } from '@tenantry/contract';
import { findPhase, isTerminal, type RunEvent } from '@tenantry/runbook';
import { z } from 'zod';
import { type ActionContext, type Applied, defineAction, isKnown } from '../../connectors/kit/index.ts';
import type { RunRecord } from '../runs/index.ts';
import { actOnSubject, type RunActionDeps, stepAsPerson, subjectAndActed, subjectOf } from './context.ts';

const input = z.strictObject({
  /** Take back what this phase and all that depends on it made, and begin there anew; without it, the whole run. */
  phase: z.string().optional(),
  reason: z.string().min(3),
});
const output = z.strictObject({ run: z.string(), phase: z.string().nullable() });

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

/** `run.take_back`: sets the way back in motion; `run.state` says when nothing is left. */
export const takeBackAction = (deps: RunActionDeps) =>
  defineAction<Input, Output>({
    name: 'run.take_back',
    version: 1,
    summary: 'Takes back what the run it is about has made, from a phase on or as a whole',
    delivery: 'idempotent',
    undoability: 'irreversible',
    input,
    output,

    async plan(ctx, wanted) {
      const phase = isKnown(wanted) && isKnown(wanted.phase) ? wanted.phase : undefined;
      const subject = await deps.database.transaction('worker', (tx) => subjectOf(tx, ctx));
      const name = phase === undefined ? subject.meta.title : `${subject.meta.title}, from ${phase} on`;
      return { changes: [{ verb: 'delete', kind: 'what a run made', name }] };
    },

    async apply(ctx, { phase, reason }): Promise<Applied<Output>> {
      const subject = await actOnSubject(deps, ctx, (record, _tx, at) => wayBack(ctx, record, { phase, reason }, at));
      return { output: { run: toWireId('run', subject.id), phase: phase ?? null }, resources: [] };
    },

    async verify(ctx, _wanted, { output: made }) {
      const { subject, acted } = await deps.database.transaction('worker', (tx) => subjectAndActed(tx, ctx));
      const { status } = subject.state;
      const ok = acted || isTerminal(status);
      return { ok, expected: 'the way back has begun', actual: status, output: made };
    },

    async undo() {
      return { outcome: 'left', note: 'what was taken back is made again by carrying the run on' };
    },
  });

function wayBack(ctx: ActionContext, record: RunRecord, { phase, reason }: Input, now: Date): RunEvent | undefined {
  const at = now.toISOString();
  const by = stepAsPerson(ctx);
  if (phase === undefined) {
    if (isTerminal(record.state.status)) return undefined;
    return { type: 'ended_early', at, to: 'rolled_back', undo: true, by, reason };
  }
  if (findPhase(record.runbook, phase) !== undefined) return { type: 'reopened', at, phase, by, reason, undo: true };
  throw new TenantryError('run.step_not_found', `${record.meta.title} has no phase ${phase}.`);
}
