import { readEvents } from './read-events.ts';
import type { Replica } from './replica.ts';

export interface FollowOptions {
  /** Of the stream, whole. */
  readonly url: string;
  readonly key: string;
  readonly beatMs: number;
  readonly fetch: typeof fetch;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** Called whenever what is known was found to be true just now. */
  readonly onFresh: () => void;
  /** Called for each new problem, and with undefined when all is well again. */
  readonly onProblem: (problem: string | undefined) => void;
}

export interface Follower {
  readonly connected: boolean;
  close(): void;
}

const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 5_000;
/** Two clocks that run at different speeds are apart by a few milliseconds after this. */
const RENEW_MS = 10 * 60_000;
const SILENT_MIN_MS = 750;

/** Keeps a replica up to date until closed; comes back by itself, sooner after a short trouble than after a long one. */
export function follow(replica: Replica, options: FollowOptions): Follower {
  const closing = new AbortController();
  let connected = false;
  let told: string | undefined;
  const tell = (problem: string | undefined): void => {
    if (problem === told) return;
    told = problem;
    options.onProblem(problem);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!closing.signal.aborted) {
      const freshBefore = replica.freshAtMs;
      try {
        await readStream(replica, options, closing.signal, () => {
          connected = true;
          options.onFresh();
          tell(undefined);
        });
      } catch (error) {
        replica.problem = messageOf(error);
      }
      connected = false;
      if (closing.signal.aborted) return;
      if (replica.problem !== undefined) tell(replica.problem);
      failures = replica.freshAtMs > freshBefore ? 0 : failures + 1;
      await pause(backoffMs(failures, options.beatMs), closing.signal);
    }
  };
  void run();

  return {
    get connected() {
      return connected;
    },
    close: () => closing.abort(),
  };
}

/** One connection, until it ends, falls silent or is of no more use. */
async function readStream(
  replica: Replica,
  { url, key, beatMs, fetch, now }: FollowOptions,
  closing: AbortSignal,
  onBeat: () => void,
): Promise<void> {
  const stream = new AbortController();
  const stop = (): void => stream.abort();
  closing.addEventListener('abort', stop, { once: true });
  const silence = setTimeout(stop, Math.max(SILENT_MIN_MS, 3 * beatMs));
  const askedAtMs = now();
  const { lastEventId } = replica;
  replica.open();
  try {
    const answer = await fetch(`${url}?beat_ms=${beatMs}`, {
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      redirect: 'error',
      signal: stream.signal,
    });
    if (answer.status !== 200 || answer.body === null) {
      throw new Error(`the control plane answered ${answer.status} ${await codeOf(answer)}`.trim());
    }
    for await (const event of readEvents(answer.body as unknown as AsyncIterable<Uint8Array>)) {
      silence.refresh();
      if (event === 'comment') continue;
      const verdict = replica.take(event, askedAtMs, now());
      if (verdict === 'resync') return;
      if (event.event === 'beat' || event.event === 'ready') onBeat();
      if (now() - askedAtMs > RENEW_MS) return;
    }
    throw new Error('the control plane ended the stream');
  } catch (error) {
    if (stream.signal.aborted && !closing.aborted) throw new Error('the control plane fell silent');
    throw error;
  } finally {
    clearTimeout(silence);
    closing.removeEventListener('abort', stop);
    stream.abort();
  }
}

/** The code of a problem+json answer. */
async function codeOf(answer: Response): Promise<string> {
  const problem: unknown = await answer.json().catch(() => undefined);
  return typeof problem === 'object' && problem !== null && 'code' in problem ? `(${String(problem.code)})` : '';
}

/** With jitter, so that a thousand processes do not come back at once; never so long that beats could have come. */
function backoffMs(failures: number, beatMs: number): number {
  const full = Math.min(BACKOFF_MAX_MS, Math.max(2 * beatMs, BACKOFF_FIRST_MS), BACKOFF_FIRST_MS * 2 ** failures);
  return full * (0.5 + Math.random() / 2);
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
