import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { API_LIMIT, windowOf } from '../http/access.ts';
import { type Answer, asVisitor, draftProject, type Probe } from './probe.ts';
import { tryPlanLimit } from './try-plan-limit.ts';

/** What did not come out as it should is false, or the status it came with. */
export interface SelfCheck {
  readonly features: Readonly<Record<string, boolean>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly limits: {
    readonly api_calls_per_15min: number;
    /** The last call within the limit is answered, and the next one is 429 with a time to come back. */
    readonly api_limit_holds: boolean;
    /** Null where the plan has no limit of users, or one too large to be tried. */
    readonly plan_limit_holds: boolean | null;
  };
}

/**
 * Does in one workshop what its people do, and leaves nothing of it.
 *
 * @throws Refusal not_found for a workshop there is not
 */
export async function checkTenant(app: FastifyInstance, context: CutlistContext, tenantId: string): Promise<SelfCheck> {
  return await asVisitor(app, context, tenantId, async (visitor) => {
    const { features, statuses } = await tryFeatures(visitor);
    const limits = {
      ...(await tryApiLimit(context, visitor)),
      plan_limit_holds: await tryPlanLimit(context, tenantId),
    };
    return { features, statuses, limits };
  });
}

/** The work of every day (VAL-14, VAL-24 to VAL-27), each as one call. */
async function tryFeatures({ call }: Probe): Promise<Pick<SelfCheck, 'features' | 'statuses'>> {
  const statuses: Record<string, number> = {};
  const features: Record<string, boolean> = {};
  const judge = (name: string, { status }: Answer, ok: boolean): void => {
    statuses[name] = status;
    features[name] = ok;
  };
  const draft = draftProject();
  const created = await call('POST', '/api/projects', draft);
  judge('create_project', created, created.status === 201);
  const id = created.status === 201 ? String((JSON.parse(created.body) as { id: unknown }).id) : randomUUID();
  const edited = await call('PUT', `/api/projects/${id}`, { ...draft, parts: [{ ...draft.parts[0], quantity: 3 }] });
  judge('edit_project', edited, edited.status === 200);
  const planned = await call('GET', `/api/projects/${id}/cut-list`);
  judge('cut_list', planned, planned.status === 200);
  const exported = await call('GET', `/api/projects/${id}/export?format=csv`);
  judge('export', exported, exported.status === 200 && exported.body.includes('Shelf'));
  const settings = await call('GET', '/api/settings');
  // What is in force, written back: nothing changes, and it goes all the way.
  const saved =
    settings.status === 200 ? await call('PUT', '/api/settings', JSON.parse(settings.body) as object) : settings;
  judge('settings', saved, saved.status === 200);
  const people = await call('GET', '/api/users');
  judge('people', people, people.status === 200);
  const gone = await call('DELETE', `/api/projects/${id}`);
  judge('delete_project', gone, gone.status === 204);
  return { features, statuses };
}

/**
 * In a window of its own, which is filled up to the last call without making all of them: the two calls around the
 * limit are real.
 */
async function tryApiLimit(context: CutlistContext, probe: Probe) {
  const { call } = probe;
  const first = await call('GET', '/api/tenant');
  const limit = Number(first.headers['ratelimit-limit']);
  const remaining = Number(first.headers['ratelimit-remaining']);
  await useUp(context, probe, { limit, calls: remaining - 1 });
  const last = remaining < 1 ? first : await call('GET', '/api/tenant');
  const past = await call('GET', '/api/tenant');
  const holds = last.status === 200 && past.status === 429 && Number(past.headers['retry-after']) > 0;
  return { api_calls_per_15min: limit, api_limit_holds: holds };
}

/** Where the calls of the probe are counted: by the guard if there is one, else here. */
async function useUp(
  { guard, apiCalls, clock }: CutlistContext,
  { tenantId, userId }: Probe,
  { limit, calls }: { readonly limit: number; readonly calls: number },
): Promise<void> {
  if (!(calls > 0)) return;
  if (guard !== undefined) {
    await guard.rate(tenantId, { limit: API_LIMIT, countedFor: userId, cost: calls, pilot: true });
    return;
  }
  const window = windowOf(tenantId, userId);
  for (let call = 0; call < calls; call += 1) apiCalls.take(window, limit, clock());
}
