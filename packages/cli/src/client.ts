import { setTimeout as wait } from 'node:timers/promises';
import { errorFromProblem, problemSchema, TenantryError } from '@tenantry/contract';
import type { z } from 'zod';
import type { Connection, Identity } from './connection.ts';

/** Calls the API of a control plane as one person. Every answer is checked against its schema. */
export interface Client {
  readonly url: string;
  /** Who calls, where the development file says so. */
  readonly identity: Identity | undefined;
  /** Whom `--as` could choose; empty outside development. */
  readonly identities: readonly Identity[];
  get<Schema extends z.ZodType>(path: string, schema: Schema, options?: GetOptions): Promise<z.output<Schema>>;
  /** A write carries an Idempotency-Key, so that sending it a second time after a broken connection has one effect. */
  post<Schema extends z.ZodType>(
    path: string,
    body: object,
    schema: Schema,
    options?: CallOptions,
  ): Promise<z.output<Schema>>;
  /** A PATCH, with an Idempotency-Key too. */
  patch<Schema extends z.ZodType>(
    path: string,
    body: object,
    schema: Schema,
    options?: CallOptions,
  ): Promise<z.output<Schema>>;
  /** A DELETE, with an Idempotency-Key too. */
  remove(path: string, options?: GetOptions): Promise<void>;
  download(path: string, options?: CallOptions): Promise<Download>;
  /** The bytes of a file from one place on, as they come; `from: 0` asks for all of it. Not repeated by itself. */
  openBytes(path: string, options: BytesOptions): Promise<OpenedBytes>;
  /** The body of an event stream, as it comes. */
  openStream(path: string, options: StreamOptions): Promise<ReadableStream<Uint8Array>>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface GetOptions extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
}

export interface StreamOptions {
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

export interface BytesOptions {
  readonly from: number;
  /** Of the version that was begun: of another the whole file comes. */
  readonly etag: string;
  readonly signal: AbortSignal;
}

export interface OpenedBytes {
  /** Where in the file the body begins. */
  readonly from: number;
  readonly body: ReadableStream<Uint8Array>;
}

export interface Download {
  readonly bytes: Uint8Array;
  /** As the server offers it. */
  readonly name: string | undefined;
}

export interface ClientOptions {
  readonly newId: () => string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;
const RETRY_AFTER_MS = 250;

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function createClient(connection: Connection, { newId, timeoutMs = TIMEOUT_MS }: ClientOptions): Client {
  const { url, key } = connection;
  const send = async (call: Call, signal: AbortSignal): Promise<Response> => {
    const response = await fetch(`${url}${call.path}`, {
      method: call.method,
      headers: { authorization: `Bearer ${key}`, ...call.headers },
      // A redirect would take the key to an address nobody named.
      redirect: 'manual',
      signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    if (!response.ok) throw await errorOf(response, url);
    return response;
  };
  const call = async <T>(what: Call, options: CallOptions, read: (response: Response) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      const timeout = AbortSignal.timeout(options.timeoutMs ?? timeoutMs);
      try {
        return await read(await send(what, options.signal ? AbortSignal.any([timeout, options.signal]) : timeout));
      } catch (error) {
        if (error instanceof TenantryError || options.signal?.aborted === true) throw error;
        if (attempt === 2 || timeout.aborted || neverReached(error)) throw unreachable(url, error, timeout.aborted);
        // The connection broke off, perhaps after the work was done; the same Idempotency-Key gives the same answer.
        await wait(RETRY_AFTER_MS);
      }
    }
  };
  const json = { accept: 'application/json, application/problem+json' };
  const sendJson =
    (method: 'POST' | 'PATCH'): Client['post'] =>
    (path, body, schema, options = {}) => {
      const headers = { ...json, 'content-type': 'application/json', 'idempotency-key': newId() };
      return call({ method, path, headers, body: JSON.stringify(body) }, options, (response) =>
        parseAnswer(response, schema, url),
      );
    };
  return {
    url,
    identity: connection.identity,
    identities: connection.identities,
    get: (path, schema, options = {}) =>
      call({ method: 'GET', path: `${path}${queryText(options.query)}`, headers: json }, options, (response) =>
        parseAnswer(response, schema, url),
      ),
    post: sendJson('POST'),
    patch: sendJson('PATCH'),
    remove: (path, options = {}) => {
      const headers = { ...json, 'idempotency-key': newId() };
      return call(
        { method: 'DELETE', path: `${path}${queryText(options.query)}`, headers },
        options,
        async (response) => {
          await response.arrayBuffer();
        },
      );
    },
    download: (path, options = {}) =>
      call({ method: 'GET', path, headers: {} }, options, async (response) => ({
        bytes: new Uint8Array(await response.arrayBuffer()),
        name: fileNameOf(response.headers.get('content-disposition')),
      })),
    openBytes: async (path, { from, etag, signal }) => {
      const headers = from === 0 ? {} : { range: `bytes=${from}-`, 'if-range': etag };
      const response = await send({ method: 'GET', path, headers }, signal);
      const begins = response.status === 206 ? startOf(response.headers.get('content-range')) : 0;
      if (response.body === null || begins === undefined)
        throw unreadableAnswer(url, 'it sends other bytes than asked for');
      return { from: begins, body: response.body };
    },
    openStream: async (path, { lastEventId, signal }) => {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      };
      const response = await send({ method: 'GET', path, headers }, signal);
      if (response.body === null || !isEventStream(response)) throw unreadableAnswer(url, 'it is no event stream');
      return response.body;
    },
  };
}

function startOf(contentRange: string | null): number | undefined {
  const start = /^bytes (\d+)-/.exec(contentRange ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

const isEventStream = (response: Response): boolean =>
  (response.headers.get('content-type') ?? '').startsWith('text/event-stream');

function queryText(query: GetOptions['query']): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) params.set(name, String(value));
  return params.size === 0 ? '' : `?${params}`;
}

async function parseAnswer<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
  url: string,
): Promise<z.output<Schema>> {
  const text = await response.text();
  const result = schema.safeParse(jsonOf(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw unreadableAnswer(url, `${issue?.path.join('.') || 'the answer'}: ${issue?.message ?? 'does not fit'}`, text);
}

/** The error a bad answer stands for. A body that is no problem is somebody else's answer, such as a proxy's. */
async function errorOf(response: Response, url: string): Promise<TenantryError> {
  const text = await response.text();
  const problem = problemSchema.safeParse(jsonOf(text));
  if (problem.success) return errorFromProblem(problem.data, retryAfterMs(response));
  if (response.status >= 500)
    return unreachable(url, new Error(`HTTP ${response.status}: ${text.slice(0, 200)}`), false);
  return unreadableAnswer(url, `HTTP ${response.status} without a problem document`, text);
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const NEVER_REACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function neverReached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && NEVER_REACHED.has(String(cause.code));
}

/** One plain sentence, whatever the cause: most of the time nothing is running. */
function unreachable(url: string, cause: unknown, late: boolean): TenantryError {
  const cannot = late ? `The control plane at ${url} did not answer in time.` : `Nothing answers at ${url}.`;
  return new TenantryError('command.unreachable', cannot, {
    next: 'Start it with npm start, or give another address with --url.',
    cause,
    facts: { url },
  });
}

const unreadableAnswer = (url: string, why: string, detail?: string): TenantryError =>
  new TenantryError('command.answer_unreadable', `What answers at ${url} is no Tenantry of this release (${why}).`, {
    next: 'Check the address, and that both sides have the same release.',
    facts: { url },
    ...(detail === undefined ? {} : { detail: detail.slice(0, 2_000) }),
  });

/** RFC 6266: `filename*=UTF-8''…` or `filename="…"`. Only the last part of a path is taken. */
function fileNameOf(header: string | null): string | undefined {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header ?? '')?.[1];
  const plain = /filename="([^"]+)"/i.exec(header ?? '')?.[1];
  const name = extended === undefined ? plain : decodeName(extended);
  return name?.split(/[/\\]/).at(-1);
}

function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
