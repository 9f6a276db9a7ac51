import { createGuard, type Guard, type GuardOptions } from '../create-guard.ts';

/** A guard that knows these tenants, told by a control plane that says nothing more. */
export async function guardKnowing(
  tenants: Readonly<Record<string, object>>,
  options: Partial<GuardOptions> = {},
): Promise<Guard> {
  const rows = Object.entries(tenants).map(([id, more]) => ({
    id,
    position: 1,
    plan: 'free',
    status: 'active',
    access_mode: null,
    closed: false,
    limits: { api_calls_per_15min: 100 },
    features: {},
    ...more,
  }));
  const events: readonly [string, object][] = [
    ['begin', { schema: 'tenantry.guard/1', epoch: 'e', mode: 'snapshot', position: 1, beat_ms: 250 }],
    ['page', { tenants: rows }],
    ['ready', { position: 1, elapsed_ms: 0, tenants: rows.length }],
  ];
  const text = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  const guard = createGuard({
    url: 'https://tenantry.example',
    key: 'k',
    product: 'p',
    fetch: async (_url, init) =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (stream) => {
            init?.signal?.addEventListener('abort', () => stream.error(new Error('aborted')));
            stream.enqueue(new TextEncoder().encode(text));
          },
        }),
      ),
    ...options,
  });
  if (!(await guard.ready(2_000))) throw new Error('the guard was told nothing');
  return guard;
}
