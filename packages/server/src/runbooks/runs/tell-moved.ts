import type { Tx } from '../../db/index.ts';
import { RUN_CHANNEL } from './commit-run.ts';

/** Wakes whoever watches a run, once this commits: something about it is new that is no event of its own, such as a question. */
export async function tellMoved(tx: Tx, runId: string): Promise<void> {
  await tx.query('select pg_notify($1, $2)', [RUN_CHANNEL, runId]);
}
