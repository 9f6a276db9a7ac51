import type { TimerKey } from '@tenantry/runbook';
import { systemActor } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import { moveRun } from './move-run.ts';

/** A wait of a run is over. A timer whose step has moved on meanwhile changes nothing. */
export async function fireTimer(
  deps: { readonly database: Database; readonly now: () => Date },
  runId: string,
  key: TimerKey,
): Promise<void> {
  await moveRun({ ...deps, actor: systemActor('timers') }, runId, {
    event: (_record, _tx, now) => ({ type: 'timer', at: now.toISOString(), key }),
  });
}
