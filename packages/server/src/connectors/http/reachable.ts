/** `http.reachable`: which of several systems answer. A target that does not is a fact, not a fault. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type ActionContext, defineCheck, faultOfNetwork, guardedLookup, refuseForbiddenHost } from '../kit/index.ts';
import { openCaller } from './caller.ts';
import { targetOf } from './settings.ts';

const TARGET_MS = 5_000;

const input = z.strictObject({
  /** URLs (any answer below 500 counts), or `host:port` (a connection counts). */
  targets: z.array(z.string().min(1)).min(1).max(50),
  connection: z.string().min(1).optional(),
});

const targetSchema = z.strictObject({
  target: z.string(),
  ok: z.boolean(),
  /** HTTP status; absent for `host:port` and where nothing answered. */
  status: z.number().optional(),
  reason: z.string().optional(),
});

const output = z.strictObject({ targets: z.array(targetSchema) });

type Target = z.infer<typeof targetSchema>;

const HOST_PORT = /^([^\s/:]+|\[[0-9a-f:]+\]):(\d{1,5})$/i;

async function tryTarget(ctx: ActionContext, target: string, connection: string | undefined): Promise<Target> {
  const limited: ActionContext = { ...ctx, signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(TARGET_MS)]) };
  try {
    const [, host, port] = HOST_PORT.exec(target) ?? [];
    if (host !== undefined) {
      await connectTo(limited, host, Number(port), connection);
      return { target, ok: true };
    }
    await using caller = openCaller(limited, connection);
    const { status } = await caller.call({ method: 'GET', url: target });
    return { target, ok: status < 500, status };
  } catch (error) {
    // The step's own time is up: that is no fact about the target.
    if (ctx.signal.aborted || !isTenantryError(error)) throw error;
    return { target, ok: false, reason: error.message };
  }
}

async function connectTo(
  ctx: ActionContext,
  host: string,
  port: number,
  connection: string | undefined,
): Promise<void> {
  const rules = { allowPrivate: targetOf(ctx, connection).settings?.allow_private === true };
  refuseForbiddenHost(host, rules);
  const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port, lookup: guardedLookup(rules) });
  try {
    await once(socket, 'connect', { signal: ctx.signal });
  } catch (error) {
    throw faultOfNetwork(error, { system: `${host}:${port}` });
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

export const reachableCheck = defineCheck<z.infer<typeof input>, z.infer<typeof output>>({
  name: 'http.reachable',
  version: 1,
  summary: 'Says which of several addresses answer',
  input,
  output,
  run: async (ctx, given) => ({
    targets: await Promise.all(given.targets.map((target) => tryTarget(ctx, target, given.connection))),
  }),
});
