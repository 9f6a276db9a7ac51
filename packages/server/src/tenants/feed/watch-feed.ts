/** One look at the head for all who follow: a message wakes them, and a look of its own proves that nothing was missed. */
import { setMaxListeners } from 'node:events';
import { type ConnectionSettings, type Database, listen } from '../../db/index.ts';
import { type FeedHead, readHead } from './read-feed.ts';

const CHANNEL = 'tenantry_guard';
/** Far more places than readers are ever at together. */
const SHARED_MAX = 100;

export interface SeenHead extends FeedHead {
  /** By this process's monotonic clock, before the database was asked. */
  readonly askedAtMs: number;
}

export interface FeedWatch {
  /**
   * The head, asked for at most so long ago and after the last message. Those who ask together share one answer.
   *
   * @throws database.unavailable
   */
  head(maxAgeMs: number): Promise<SeenHead>;
  /**
   * What was read for this key since the last message, or is being read now: those who follow are mostly at one place.
   * The key must name all that the answer depends on.
   */
  share<T>(key: string, read: () => Promise<T>): Promise<T>;
  /** Waits for a message, so long, or for the signal. */
  move(withinMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface FeedWatchOptions {
  readonly connection: ConnectionSettings;
  readonly database: Database;
}

export function watchFeed({ connection, database }: FeedWatchOptions): FeedWatch {
  const waiting = new Set<() => void>();
  const shared = new Map<string, Promise<unknown>>();
  let asked: { readonly atMs: number; readonly head: Promise<SeenHead> } | undefined;
  const listener = listen(connection, {
    applicationName: 'tenantry:guard',
    channel: CHANNEL,
    onMessage: () => {
      // An answer under way may be older than what the message tells of.
      asked = undefined;
      shared.clear();
      for (const wake of [...waiting]) wake();
    },
  });

  const ask = (): Promise<SeenHead> => {
    const askedAtMs = performance.now();
    const head = database
      .transaction('operator', readHead, { atOnce: true, timeoutMs: 5_000 })
      .then((found) => ({ ...found, askedAtMs }));
    const mine = { atMs: askedAtMs, head };
    asked = mine;
    head.catch(() => {
      if (asked === mine) asked = undefined;
    });
    return head;
  };

  return {
    head: (maxAgeMs) => (asked !== undefined && performance.now() - asked.atMs <= maxAgeMs ? asked.head : ask()),
    share: <T>(key: string, read: () => Promise<T>): Promise<T> => {
      const known = shared.get(key);
      if (known !== undefined) return known as Promise<T>;
      const answer = read();
      if (shared.size >= SHARED_MAX) shared.clear();
      shared.set(key, answer);
      answer.catch(() => shared.get(key) === answer && shared.delete(key));
      return answer;
    },
    move: (withinMs, signal) =>
      new Promise((resolve) => {
        setMaxListeners(0, signal);
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, withinMs);
        waiting.add(wake);
        signal.addEventListener('abort', wake);
        if (signal.aborted) wake();
      }),
    close: async () => {
      for (const wake of [...waiting]) wake();
      await listener.close();
    },
  };
}
