/** Hands events of the world to the steps that wait for them. */
import type { JsonObject } from '@tenantry/runbook';
import { systemActor } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import { eventsSince, findEvent, type StoredEvent } from '../../engine/index.ts';
import { loadRun } from './load-run.ts';
import { moveRun } from './move-run.ts';

interface Deps {
  readonly database: Database;
  readonly now: () => Date;
}

/** More of one name than this before a wait began are not looked through. */
const BACKLOG_MAX = 1_000;

/** To every step that waits for an event of this name. */
export async function spreadEvent(deps: Deps, position: number): Promise<void> {
  const found = await deps.database.transaction('worker', async (tx) => {
    const event = await findEvent(tx, position);
    if (event === undefined) return undefined;
    const { rows } = await tx.query<{ run_id: string; step_id: string }>(
      `select run_id, step_id from run_steps where waiting_for = 'event' and state ->> 'awaiting' = $1`,
      [event.name],
    );
    return { event, rows };
  });
  for (const { run_id: run, step_id: step } of found?.rows ?? []) {
    if (found !== undefined) await hand(deps, run, step, found.event);
  }
}

/** What happened between the start of what the step needs and the moment it began to wait. */
export async function catchUp(deps: Deps, run: string, step: string): Promise<void> {
  const events = await deps.database.transaction('worker', async (tx) => {
    const state = (await loadRun(tx, run)).state.steps[step];
    if (state?.awaiting === undefined || state.awaitingSince === undefined) return [];
    return eventsSince(tx, state.awaiting, new Date(state.awaitingSince), BACKLOG_MAX);
  });
  for (const event of events) await hand(deps, run, step, event);
}

/** An event of another tenant is not for this run, whatever its condition says. */
async function hand(
  deps: Deps,
  run: string,
  step: string,
  { name, tenantId, data, position, at: happened }: StoredEvent,
): Promise<void> {
  await moveRun({ ...deps, actor: systemActor('events') }, run, {
    event: ({ state, meta }, _tx, now) => {
      const held = state.steps[step];
      if (held?.status !== 'waiting' || held.awaiting !== name) return undefined;
      if (tenantId !== null && tenantId !== meta.tenantId) return undefined;
      const event = { ...data, tenant_id: tenantId, at: happened.toISOString() } as JsonObject;
      return { type: 'outside_event', at: now.toISOString(), step, event, position };
    },
  });
}
