/**
 * One HTTP call as every action and check makes it: guarded addresses, no redirects followed, a bounded body,
 * a duration, faults of the closed set, and no secret in what comes back.
 */
import { readFileSync } from 'node:fs';
import { TenantryError } from '@tenantry/contract';
import { Agent, type Dispatcher, request } from 'undici';
import {
  type ActionContext,
  faultOfNetwork,
  guardedLookup,
  markOf,
  redactText,
  redactValue,
  refuseForbiddenHost,
  revealText,
  type Secret,
} from '../kit/index.ts';
import { signatureHeaders } from './core/sign.ts';
import { type HttpTarget, targetOf } from './settings.ts';

const BODY_MAX_BYTES = 1_048_576;
const CONNECT_MS = 10_000;
const HEADERS_MS = 25_000;

export interface HttpCall {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, or a path of the connection. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly body?: string;
  /** Secrets in headers or body of this call alone. */
  readonly secrets?: readonly Secret[];
}

export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; cookies are withheld. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly truncated: boolean;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
  readonly durationMs: number;
}

export interface Caller extends AsyncDisposable {
  /** @throws TenantryError of the closed set, for whatever is not an answer */
  call(call: HttpCall): Promise<HttpAnswer>;
  /** What a URL of a step is, and how it may be shown. */
  resolve(url: string): URL;
}

/** Opens what calls of one step share; closes its sockets when disposed of. */
export function openCaller(ctx: ActionContext, connection: string | undefined): Caller {
  const target = targetOf(ctx, connection);
  const rules = { allowPrivate: target.settings?.allow_private === true };
  const ca = target.settings?.ca_path;
  const agent = new Agent({
    connect: {
      timeout: CONNECT_MS,
      lookup: guardedLookup(rules),
      ...(ca === undefined ? {} : { ca: readFileSync(ca, 'utf8') }),
    },
    headersTimeout: HEADERS_MS,
    bodyTimeout: HEADERS_MS,
  });
  return {
    resolve: (url) => urlOf(target, url),
    async call(call) {
      const url = urlOf(target, call.url);
      refuseForbiddenHost(url.hostname, rules);
      return send(ctx, agent, target, url, call);
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

/** What a URL of a step stands for, under its connection. */
export const resolveUrl = (ctx: ActionContext, url: string, connection: string | undefined): URL =>
  urlOf(targetOf(ctx, connection), url);

function urlOf(target: HttpTarget, text: string): URL {
  const base = target.settings?.base_url;
  const url = URL.canParse(text) ? new URL(text) : joined(base, text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unusable(`"${text}" is neither http nor https`);
  if (url.username !== '' || url.password !== '') throw unusable('credentials in a URL would be logged');
  if (base !== undefined && url.origin !== new URL(base).origin) {
    throw unusable(`${url.origin} is not ${new URL(base).origin}, which the connection is for`);
  }
  return url;
}

/** Appends a path below the base's own path, unlike URL resolution, which would drop the base's. */
function joined(base: string | undefined, path: string): URL {
  if (base === undefined) throw unusable(`"${path}" is no URL, and no connection gives it a base`);
  return new URL(`${base.replace(/\/$/, '')}/${path.replace(/^\//, '')}`);
}

const unusable = (why: string): TenantryError =>
  new TenantryError('runbook.invalid', `The address cannot be called: ${why}.`, {
    next: 'Write an absolute URL, or a path together with a connection of kind http.',
  });

async function send(
  ctx: ActionContext,
  agent: Agent,
  target: HttpTarget,
  url: URL,
  call: HttpCall,
): Promise<HttpAnswer> {
  const secrets = [...target.secrets, ...(call.secrets ?? [])];
  const startedAt = performance.now();
  try {
    const answer = await request(url, {
      method: call.method,
      headers: headersOf(ctx, target, call),
      dispatcher: agent,
      signal: ctx.signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const { text, truncated } = await readBody(answer.body);
    const durationMs = performance.now() - startedAt;
    return { ...readable(answer, text, secrets), truncated, durationMs };
  } catch (error) {
    throw faultOfNetwork(error, { system: url.host, secrets });
  }
}

function headersOf(ctx: ActionContext, target: HttpTarget, call: HttpCall): Record<string, string> {
  const all = {
    ...signed(ctx, target, call),
    'user-agent': 'tenantry',
    accept: 'application/json, */*;q=0.5',
    ...target.settings?.headers,
    ...call.headers,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), revealText(value)]));
}

function signed(ctx: ActionContext, { settings }: HttpTarget, { body }: HttpCall): Readonly<Record<string, string>> {
  if (settings?.signing_secret === undefined || body === undefined) return {};
  return signatureHeaders(revealText(settings.signing_secret), { id: markOf(ctx.key), at: ctx.now, body });
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<{ text: string; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) break;
  }
  return {
    text: Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES).toString('utf8'),
    truncated: bytes > BODY_MAX_BYTES,
  };
}

function readable(answer: Dispatcher.ResponseData, text: string, secrets: readonly Secret[]) {
  const headers = Object.entries(answer.headers).map(([name, value]) => [
    name,
    name === 'set-cookie' ? '[redacted]' : redactText(String(value ?? ''), secrets),
  ]);
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(headers),
    text: redactText(text, secrets),
    json: redactValue(parsed(text), secrets),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
