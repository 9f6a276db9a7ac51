import { toWireId } from '@tenantry/contract';
import { z } from 'zod';
import { type Applied, defineAction, isKnown } from '../../connectors/kit/index.ts';
import { actOnSubject, type RunActionDeps, stepAsPerson, subjectOf } from './context.ts';

const input = z.strictObject({ to: z.union([z.iso.date(), z.iso.datetime()]), reason: z.string().min(3) });
const output = z.strictObject({ run: z.string(), before: z.string().nullable(), go_live: z.string() });

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

/** `run.move_go_live`: a new day for the run it is about, and for every time of it not yet reached. */
export const moveGoLiveAction = (deps: RunActionDeps) =>
  defineAction<Input, Output>({
    name: 'run.move_go_live',
    version: 1,
    summary: 'Moves the go-live of the run it is about',
    delivery: 'idempotent',
    undoability: 'compensates',
    input,
    output,

    async plan(ctx, wanted) {
      const subject = await deps.database.transaction('worker', (tx) => subjectOf(tx, ctx));
      const after = isKnown(wanted) && isKnown(wanted.to) ? { after: wanted.to } : {};
      const change = { kind: 'go-live', name: subject.meta.title, before: subject.state.facts.go_live };
      return { changes: [{ verb: 'change', ...change, ...after }] };
    },

    async apply(ctx, { to, reason }): Promise<Applied<Output>> {
      const subject = await actOnSubject(deps, ctx, (_record, _tx, at) => ({
        type: 'go_live_moved',
        at: at.toISOString(),
        go_live: to,
        by: stepAsPerson(ctx),
        reason,
      }));
      const before = subject.state.facts.go_live;
      return { output: { run: toWireId('run', subject.id), before, go_live: to }, resources: [] };
    },

    async verify(ctx, { to }, { output: made }) {
      const subject = await deps.database.transaction('worker', (tx) => subjectOf(tx, ctx));
      const actual = subject.state.facts.go_live;
      return { ok: actual === to, expected: to, actual, output: made };
    },

    async undo() {
      return { outcome: 'left', note: 'the day before may be over: a person names another' };
    },
  });
