/** A control plane that tells of so many tenants and then beats, for guards in this process. */

/** @param {number} index */
export const tenantIdOf = (index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

const PLANS = [
  { users: 5, projects: 10, api_calls_per_15min: 1_000_000_000 },
  { users: 20, projects: 50, api_calls_per_15min: 1_000_000_000 },
  { users: 'unlimited', projects: 'unlimited', api_calls_per_15min: 1_000_000_000 },
];
const PAGE = 500;

/**
 * @param {number} tenants
 * @returns {typeof fetch}
 */
export function streamOf(tenants) {
  const encoder = new TextEncoder();
  /** @param {string} event @param {object} data */
  const bytes = (event, data) => encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  return async (_url, init) => {
    const openedAt = performance.now();
    /** @type {NodeJS.Timeout | undefined} */
    let beating;
    const body = new ReadableStream({
      start(stream) {
        init?.signal?.addEventListener('abort', () => {
          clearInterval(beating);
          stream.error(new Error('aborted'));
        });
        const epoch = '00000000-0000-4000-8000-000000000000';
        stream.enqueue(
          bytes('begin', { schema: 'tenantry.guard/1', epoch, mode: 'snapshot', position: 1, beat_ms: 250 }),
        );
        for (let from = 0; from < tenants; from += PAGE) {
          const length = Math.min(PAGE, tenants - from);
          stream.enqueue(bytes('page', { tenants: Array.from({ length }, (_, at) => rowOf(from + at)) }));
        }
        stream.enqueue(bytes('ready', { position: 1, elapsed_ms: 0, tenants }));
        beating = setInterval(
          () => stream.enqueue(bytes('beat', { position: 1, elapsed_ms: performance.now() - openedAt })),
          250,
        );
      },
    });
    return new Response(body);
  };
}

/** @param {number} index */
const rowOf = (index) => ({
  id: tenantIdOf(index),
  position: 1,
  plan: 'starter',
  status: 'active',
  access_mode: null,
  closed: false,
  limits: PLANS[index % PLANS.length],
  features: { sso: true, scim: false },
});
