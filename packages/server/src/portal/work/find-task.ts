import type { AskView } from '@tenantry/contract';
import type { Ctx } from '../../access/index.ts';
import type { RunRecord } from '../../runbooks/index.ts';
import { notInPortal } from '../errors.ts';
import { loadOwnRun, type Visitor } from '../visitor.ts';
import { asksFor } from './view-task.ts';

export interface TaskPlace {
  readonly runId: string;
  readonly step: string;
}

/** The open task of a visitor. @throws portal.not_found, also for a step of the vendor's and for one that is done */
export async function findTask(
  ctx: Ctx,
  visitor: Visitor,
  { runId, step }: TaskPlace,
): Promise<{ readonly record: RunRecord; readonly ask: AskView }> {
  const record = await loadOwnRun(ctx, visitor, runId);
  const ask = asksFor(record, visitor.actor.roles, ctx.now).find((each) => each.step === step);
  if (ask === undefined) throw notInPortal('task');
  return { record, ask };
}
