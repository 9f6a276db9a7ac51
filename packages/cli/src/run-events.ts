import { setTimeout as wait } from 'node:timers/promises';
import { type RunEventView, runEventSchema, TenantryError } from '@tenantry/contract';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from './client.ts';

export interface RunEventsOptions {
  /** Events after this revision. */
  readonly after: number;
  readonly signal: AbortSignal;
  readonly timing?: StreamTiming;
}

export interface StreamTiming {
  /** Wait before the first reconnection; it doubles up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** The server shows life every 15 s; a stream that is silent for longer than this is opened anew. */
  readonly silenceMs: number;
  /** Failed reconnections in a row before giving up. */
  readonly failuresMax: number;
}

const TIMING: StreamTiming = { backoffMs: 250, backoffMaxMs: 5_000, silenceMs: 45_000, failuresMax: 20 };
const LINE_MAX = 4 * 1024 * 1024;

/**
 * The events of a run as they come. A broken stream is opened again from the last event seen (Last-Event-ID), so that
 * none is missed or given twice. Ends when the signal is aborted.
 *
 * @throws what the server refuses with; command.unreachable when it stays away for about a minute and a half
 */
export async function* runEvents(
  client: Client,
  runId: string,
  options: RunEventsOptions,
): AsyncGenerator<RunEventView> {
  const { signal, timing = TIMING } = options;
  let last = options.after;
  let failures = 0;
  let pauses = 0;
  while (!signal.aborted) {
    const connection = new AbortController();
    const silence = watchSilence(timing.silenceMs, connection);
    const onLife = (): void => {
      pauses = 0;
      silence.sign();
    };
    try {
      const bytes = await client.openStream(`/api/v1/runs/${runId}/events`, {
        lastEventId: String(last),
        signal: AbortSignal.any([signal, connection.signal]),
      });
      failures = 0;
      for await (const event of eventsIn(bytes, onLife)) {
        if (event.revision <= last) continue;
        last = event.revision;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TenantryError && !isPassing(error)) throw error;
      if (failures >= timing.failuresMax) throw gone(client, error);
    } finally {
      silence.stop();
      connection.abort();
    }
    await wait(Math.min(timing.backoffMaxMs, timing.backoffMs * 2 ** pauses), undefined, { signal }).catch(
      () => undefined,
    );
    failures += 1;
    pauses += 1;
  }
}

async function* eventsIn(bytes: ReadableStream<Uint8Array>, onLife: () => void): AsyncGenerator<RunEventView> {
  const life = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      onLife();
      controller.enqueue(chunk);
    },
  });
  const decoder = new TextDecoder();
  const text = new TransformStream<Uint8Array, string>({
    transform: (chunk, controller) => controller.enqueue(decoder.decode(chunk, { stream: true })),
  });
  const messages = bytes
    .pipeThrough(life)
    .pipeThrough(text)
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: LINE_MAX }));
  for await (const message of messages) {
    if (message.event === 'run') yield runEventSchema.parse(JSON.parse(message.data));
  }
}

function watchSilence(silenceMs: number, connection: AbortController): { sign: () => void; stop: () => void } {
  const timer = setTimeout(() => connection.abort(new Error('The stream fell silent.')), silenceMs);
  return { sign: () => timer.refresh(), stop: () => clearTimeout(timer) };
}

/** A restart, a full queue or a moment of overload passes; a refusal does not. */
const isPassing = (error: TenantryError): boolean =>
  error.code === 'command.unreachable' || error.retry !== 'never' || error.status >= 500;

const gone = (client: Client, cause: unknown): TenantryError =>
  new TenantryError('command.unreachable', `The control plane at ${client.url} stopped answering.`, {
    next: 'The run goes on by itself when it is back. Start it with npm start, then watch the run again.',
    cause,
  });
