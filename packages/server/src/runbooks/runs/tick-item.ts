import type { ItemEvidence } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { asItRuns, rolesOfTask } from './act-on-step.ts';
import { act, personFor } from './acting.ts';
import { type GivenFile, keepFile } from './keep-file.ts';
import type { RunRecord } from './run-record.ts';

export interface TickInput {
  readonly step: string;
  readonly item: string;
  readonly role?: string;
  /** False takes the tick back. */
  readonly done: boolean;
  readonly evidence?: ItemEvidence;
  /** Kept with the run; its hash is the evidence. */
  readonly file?: GivenFile;
}

/**
 * Ticks one item of a task that is open: for whoever the item is for, with the evidence it asks for (RUN-32).
 *
 * @throws run.step_not_found, run.wrong_state, access.forbidden, request.invalid
 */
export const tickItem = (ctx: Ctx, runId: string, input: TickInput): Promise<RunRecord> =>
  act(ctx, runId, async (record) => {
    const step = asItRuns(record, input.step);
    const by = personFor(ctx.actor, rolesOf(record, step, input.item), input.role);
    const file = input.file === undefined ? undefined : await keepFile(ctx, record, step, input.file);
    const evidence = { ...input.evidence, ...file };
    return {
      type: 'item_ticked',
      at: ctx.now.toISOString(),
      step: step.id,
      by,
      item: input.item,
      done: input.done,
      ...(Object.keys(evidence).length === 0 ? {} : { evidence }),
    };
  });

/** An item that is not there is for the core to refuse, with the names of those that are. */
function rolesOf(record: RunRecord, step: ReturnType<typeof asItRuns>, id: string): readonly string[] {
  const item = step.body.kind === 'task' ? step.body.checklist.find((each) => each.id === id) : undefined;
  return item?.owner?.roles ?? rolesOfTask(record, step);
}
