import type { Database } from '../../db/index.ts';
import { TELL_WATCHERS } from './commit-run.ts';

const TELL_EVERY_MS = 50;

const waiting = new WeakMap<Database, Set<string>>();

/** Tells whoever watches these runs, soon, many at once. A process that dies meanwhile tells nobody. */
export function tellWatchersSoon(database: Database, runId: string): void {
  const known = waiting.get(database);
  if (known !== undefined) {
    known.add(runId);
    return;
  }
  const runs = new Set([runId]);
  waiting.set(database, runs);
  setTimeout(() => {
    waiting.delete(database);
    // A fault, or a database closed meanwhile, costs watchers this word only: the next one comes with a commit.
    database.transaction('worker', (tx) => tx.query(TELL_WATCHERS, [[...runs]])).catch(() => undefined);
  }, TELL_EVERY_MS).unref();
}
