import type { Ctx } from '../../access/index.ts';
import type { ServerEvent } from '../../http/index.ts';
import { eventsAfter, type RunWatch } from '../runs/index.ts';

interface Follow {
  readonly watch: RunWatch;
  inTx<T>(fn: (ctx: Ctx) => Promise<T>): Promise<T>;
}

const BATCH = 200;

/**
 * Every event of the run after a revision, as they come; ends when the run has ended or the reader leaves. A `moved`
 * without an id says that there may be news about the run that is no event of it, such as a question of the client.
 */
export async function* followRun(
  { watch, inTx }: Follow,
  id: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  let revision = Number.isSafeInteger(from) ? from : 0;
  let moved = true;
  let woken = false;
  let wake: () => void = () => undefined;
  const stop = watch.onMove(id, () => {
    moved = true;
    wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      moved = false;
      const events = await inTx((ctx) => eventsAfter(ctx, id, revision, BATCH));
      for (const event of events) {
        revision = event.revision;
        yield { id: String(event.revision), event: 'run', data: event };
      }
      const last = events.at(-1)?.run_status;
      if (events.length < BATCH && (last === 'completed' || last === 'rolled_back' || last === 'cancelled')) return;
      if (woken && events.length === 0) yield { event: 'moved', data: null };
      if (events.length === BATCH || moved || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      woken = true;
    }
  } finally {
    stop();
  }
}
