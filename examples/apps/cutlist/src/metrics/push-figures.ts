/** Tells the control plane how each workshop does. The application works the same when nobody listens. */
import type { Figures, Report } from './figures.ts';

export interface MetricsSettings {
  /** Where the control plane is, no slash at its end. */
  readonly url: string;
  /** A key with the scope `metrics:write` and no other. */
  readonly key: string;
  readonly everyMs: number;
}

export interface PushListeners {
  tell(problem: string): void;
  /** The control plane's clock is so far ahead of this machine's; figures are of its time. */
  onSkew(aheadMs: number): void;
}

export interface Pusher {
  /** One turn: what is left from before, then what is new. */
  push(): Promise<void>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly tenantId: string;
  readonly body: string;
}

const TIMEOUT_MS = 5_000;
/** Past this the oldest are given up: figures are no reason to fill the memory during an outage. */
const WAITING_MAX = 1_000;

export function startPushing(settings: MetricsSettings, figures: Figures, { tell, onSkew }: PushListeners): Pusher {
  const stopping = new AbortController();
  const waiting: Waiting[] = [];
  let troubled = false;
  let turn: Promise<void> = Promise.resolve();

  const once = async (): Promise<void> => {
    waiting.push(
      ...[...figures.take()].map(([tenantId, report]) => ({ tenantId, body: JSON.stringify(report satisfies Report) })),
    );
    waiting.splice(0, Math.max(0, waiting.length - WAITING_MAX));
    for (let next = waiting[0]; next !== undefined && !stopping.signal.aborted; next = waiting[0]) {
      const problem = await send(settings, next, stopping.signal, onSkew);
      if (problem !== undefined && !troubled && !stopping.signal.aborted) tell(problem.message);
      troubled = problem !== undefined;
      // What cannot be delivered now is sent again word for word; what is refused would be refused again.
      if (problem?.again === true) return;
      waiting.shift();
    }
  };
  const push = (): Promise<void> => {
    turn = turn.then(once);
    return turn;
  };
  const timer = setInterval(() => void push(), settings.everyMs);
  timer.unref();
  return {
    push,
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await turn;
    },
  };
}

async function send(
  { url, key }: MetricsSettings,
  { tenantId, body }: Waiting,
  signal: AbortSignal,
  onSkew: PushListeners['onSkew'],
): Promise<{ readonly message: string; readonly again: boolean } | undefined> {
  try {
    const answer = await fetch(`${url}/api/v1/tenants/${tenantId}/metrics`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await answer.body?.cancel();
    onSkew(skewOf(answer));
    if (answer.ok) return undefined;
    const message = `The control plane answered figures with ${answer.status}.`;
    return { message, again: answer.status >= 500 || answer.status === 429 || answer.status === 401 };
  } catch (error) {
    return {
      message: `Figures could not be sent: ${error instanceof Error ? error.message : String(error)}`,
      again: true,
    };
  }
}

/** The header counts in seconds, and the answer took a while: less than this is no skew. */
const SKEW_MIN_MS = 30_000;

function skewOf(answer: Response): number {
  const aheadMs = Date.parse(answer.headers.get('date') ?? '') - Date.now();
  return Math.abs(aheadMs) > SKEW_MIN_MS ? aheadMs : 0;
}
