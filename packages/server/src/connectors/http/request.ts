/**
 * Two actions, because what a crash may have done differs and a plan must show it. `http.request` is for
 * PUT and DELETE, and for POST and PATCH to a server that honours Idempotency-Key: repeating it is safe.
 * `http.request_once` is for the rest: after an unknown outcome a person decides.
 */
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type Action,
  type ActionContext,
  type Applied,
  connectorFault,
  defineAction,
  faultOfStatus,
  isKnown,
  json,
  markOf,
  maybeSecret,
  type Proof,
  type ResourceClaim,
  revealText,
  Secret,
  secret,
  secretsOf,
  type Undone,
  withHonestRetry,
} from '../kit/index.ts';
import { type Caller, type HttpAnswer, type HttpCall, openCaller, resolveUrl } from './caller.ts';
import { holds, valueAt, withAnswer } from './core/answers.ts';
import { addressShape } from './get.ts';

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

const compensation = z.strictObject({
  method: z.enum(METHODS),
  /** `{name}` or `{a.b}` stands for that member of the JSON answer. */
  url: z.string().min(1).max(2_048),
  body: json().optional(),
});

const input = z.strictObject({
  ...addressShape,
  method: z.enum(METHODS),
  headers: z.record(z.string(), maybeSecret()).default({}),
  /** Sent as JSON; members of the outermost map may be secrets. */
  body: z.union([z.record(z.string(), z.union([secret(), json()])), json()]).optional(),
  /** Statuses that mean success. Default: every 2xx. */
  statuses: z.array(z.int().min(200).max(399)).min(1).optional(),
  /** Members of the JSON answer to give back, by name: `{ id: "data.id" }`. */
  outputs: z.record(z.string(), z.string()).default({}),
  /** How to look at what was made: it proves the step, and is asked again for drift. */
  read_back: z
    .strictObject({ url: z.string().min(1).max(2_048), status: z.int().default(200), contains: json().optional() })
    .optional(),
  /** The request that takes it back, or `none`: said in so many words. */
  compensate: z.union([compensation, z.literal('none')]),
});

const output = z.strictObject({
  status: z.number(),
  location: z.string().optional(),
  /** The members named under `outputs`. */
  values: z.record(z.string(), json()),
});

type Input = z.infer<typeof input>;
type Output = z.infer<typeof output>;

const undoSchema = z.object({ connection: z.string().optional(), request: compensation.optional(), mark: z.string() });

const bodyOf = (body: Input['body']): string | undefined =>
  body === undefined ? undefined : JSON.stringify(opened(body));

const opened = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? Object.fromEntries(
        Object.entries(body).map(([name, value]) => [name, value instanceof Secret ? revealText(value) : value]),
      )
    : body;

const isSuccess = (given: Input, status: number): boolean =>
  given.statuses === undefined ? status >= 200 && status < 300 : given.statuses.includes(status);

function refuseStatus(answer: HttpAnswer, system: string, now: Date): never {
  throw faultOfStatus(answer.status, { system, body: answer.text, retryAfter: answer.headers['retry-after'], now });
}

const jsonPart = (body: string | undefined): Pick<HttpCall, 'headers' | 'body'> =>
  body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body };

async function apply(ctx: ActionContext, given: Input): Promise<Applied<Output>> {
  await using caller = openCaller(ctx, given.connection);
  const { body, headers } = jsonPart(bodyOf(given.body));
  const answer = await caller.call({
    method: given.method,
    url: given.url,
    headers: { ...headers, 'idempotency-key': markOf(ctx.key), ...given.headers },
    ...(body === undefined ? {} : { body }),
    secrets: secretsOf([given.headers, given.body]),
  });
  const system = caller.resolve(given.url).host;
  if (!isSuccess(given, answer.status)) refuseStatus(answer, system, ctx.now);
  const { location } = answer.headers;
  const applied = {
    status: answer.status,
    ...(location === undefined ? {} : { location }),
    values: valuesOf(given, answer, system),
  };
  return { output: applied, resources: [claimOf(ctx, given, answer, caller)] };
}

/** An answer without a member that the step was promised cannot be read: the effect is there all the same. */
function valuesOf(given: Input, answer: HttpAnswer, system: string): Output['values'] {
  const entries = Object.entries(given.outputs).map(([name, path]) => {
    const value = json().safeParse(valueAt(answer.json, path));
    if (value.success && value.data !== undefined) return [name, value.data] as const;
    throw connectorFault('connector.malformed', `the answer has no member "${path}"`, {
      system,
      retry: { afterMs: 1_000 },
      effect: 'possible',
      detail: answer.text,
    });
  });
  return Object.fromEntries(entries);
}

function claimOf(ctx: ActionContext, given: Input, answer: HttpAnswer, caller: Caller): ResourceClaim {
  const { origin, pathname } = caller.resolve(given.url);
  return {
    kind: 'HTTP request',
    externalId: answer.headers.location ?? `${given.method} ${origin}${pathname} ${markOf(ctx.key)}`,
    name: `${given.method} ${origin}${pathname}`,
    claim: 'created',
    undo: {
      mark: markOf(ctx.key),
      ...(given.connection === undefined ? {} : { connection: given.connection }),
      ...(given.compensate === 'none'
        ? {}
        : { request: { ...given.compensate, url: withAnswer(given.compensate.url, answer.json) } }),
      ...(given.read_back === undefined ? {} : { read_back: withAnswer(given.read_back.url, answer.json) }),
    },
  };
}

async function verify(ctx: ActionContext, given: Input, applied: Applied<Output>): Promise<Proof<Output>> {
  const url = applied.resources[0]?.undo.read_back;
  if (given.read_back === undefined || typeof url !== 'string') {
    const accepted = { accepted: true, note: 'the step names no read_back: the answer is the only proof' };
    return {
      ok: isSuccess(given, applied.output.status),
      expected: accepted,
      actual: { status: applied.output.status },
      output: applied.output,
    };
  }
  await using caller = openCaller(ctx, given.connection);
  const answer = await caller.call({ method: 'GET', url });
  if (answer.status === 429 || answer.status >= 500) refuseStatus(answer, caller.resolve(url).host, ctx.now);
  const { status, contains } = given.read_back;
  return {
    ok: answer.status === status && (contains === undefined || holds(answer.json, contains)),
    expected: { url, status, contains: contains ?? null },
    actual: { status: answer.status, json: answer.json ?? null },
    output: applied.output,
  };
}

async function undo(ctx: ActionContext, resource: ResourceClaim): Promise<Undone> {
  const { connection, request, mark } = undoSchema.parse(resource.undo);
  if (request === undefined) return { outcome: 'left', note: 'The step declares no request that would take it back.' };
  await using caller = openCaller(ctx, connection);
  const { body, headers } = jsonPart(bodyOf(request.body));
  const answer = await caller.call({
    method: request.method,
    url: request.url,
    headers: { ...headers, 'idempotency-key': markOf(`${mark} undo`) },
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status === 404 || answer.status === 410) return { outcome: 'absent' };
  if (answer.status < 200 || answer.status >= 300) refuseStatus(answer, caller.resolve(request.url).host, ctx.now);
  return { outcome: 'removed' };
}

const parts = {
  version: 1,
  undoability: 'compensates',
  input,
  output,
  verify,
  undo,
} as const;

const plan: Action<Input, Output>['plan'] = async (ctx, planned) => {
  const url = isKnown(planned) && isKnown(planned.url) ? planned.url : undefined;
  const known =
    url === undefined ? '(known after apply)' : shownUrl(ctx, url, isKnown(planned) ? planned.connection : undefined);
  const method = isKnown(planned) ? String(planned.method) : '';
  return { changes: [{ verb: 'send', kind: 'HTTP request', name: `${method} ${known}`.trim() }] };
};

/** Origin and path: a query may hold what only the other side should see. */
function shownUrl(ctx: ActionContext, url: string, connection: unknown): string {
  const { origin, pathname } = resolveUrl(ctx, url, typeof connection === 'string' ? connection : undefined);
  return `${origin}${pathname}`;
}

export const requestAction = defineAction<Input, Output>({
  ...parts,
  name: 'http.request',
  summary: 'Sends a request that the other side takes once, however often it arrives',
  delivery: 'idempotent',
  plan,
  apply,
});

export const requestOnceAction = defineAction<Input, Output>({
  ...parts,
  name: 'http.request_once',
  summary: 'Sends a request that must not be repeated blindly',
  delivery: 'unknown',
  plan,
  async apply(ctx, given) {
    try {
      return await apply(ctx, given);
    } catch (error) {
      throw error instanceof TenantryError ? withHonestRetry(error) : error;
    }
  },
});
