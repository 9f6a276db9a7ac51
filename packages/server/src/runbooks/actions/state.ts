import { RUN_STATUSES, toWireId } from '@tenantry/contract';
import { z } from 'zod';
import { defineCheck } from '../../connectors/kit/index.ts';
import { type RunActionDeps, subjectOf } from './context.ts';

const input = z.strictObject({});
const output = z.strictObject({
  run: z.string(),
  status: z.enum(RUN_STATUSES),
  go_live: z.string().nullable(),
  /** Phase id -> status. */
  phases: z.record(z.string(), z.string()),
  /** Steps whose work stands: passed, or with something in the ledger. */
  standing: z.array(z.string()),
  /** Steps that are being taken back, or could not be. */
  going_back: z.array(z.string()),
  /** A phase is to begin anew, and has not yet. */
  reopening: z.boolean(),
});

/** `run.state`: how the run it is about stands. */
export const stateCheck = ({ database }: RunActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof output>>({
    name: 'run.state',
    version: 1,
    summary: 'How the run it is about stands, and what of its work is still there',
    input,
    output,
    run: (ctx) =>
      database.transaction('worker', async (tx) => {
        const { id, state } = await subjectOf(tx, ctx);
        const steps = Object.entries(state.steps);
        return {
          run: toWireId('run', id),
          status: state.status,
          go_live: state.facts.go_live,
          phases: Object.fromEntries(Object.entries(state.phases).map(([phase, held]) => [phase, held.status])),
          standing: steps.filter(([, step]) => step.made > 0 || step.status === 'passed').map(([step]) => step),
          going_back: steps
            .filter(([, { status }]) => status === 'undoing' || status === 'undo_failed')
            .map(([step]) => step),
          reopening: Object.values(state.phases).some(({ reopen }) => reopen !== undefined),
        };
      }),
  });
