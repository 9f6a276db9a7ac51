import { fromWireId, type RunSummaryView, type RunView, TenantryError, toWireId } from '@tenantry/contract';
import type { Client } from './client.ts';
import { listRuns } from './runs-api.ts';

const PAGE = 200;
const PAGES_MAX = 10;
const PREFIX_MIN = 4;

export const isEnded = (run: Pick<RunView, 'status'>): boolean =>
  run.status === 'completed' || run.status === 'rolled_back' || run.status === 'cancelled';

/**
 * The id of the run that is meant: a whole id, `latest`, the slug of a tenant (its run that goes on, else its newest),
 * or the beginning of an id that only one run has.
 *
 * @throws run.not_found; command.invalid when several fit
 */
export async function findRun(client: Client, reference: string): Promise<string> {
  const uuid = fromWireId('run', reference);
  if (uuid !== undefined) return toWireId('run', uuid);
  let looked = 0;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, next_cursor } = await listRuns(client, { limit: reference === 'latest' ? 1 : PAGE, cursor });
    looked += items.length;
    const found = pick(items, reference);
    if (found !== undefined) return found;
    if (next_cursor === null || reference === 'latest') break;
    cursor = next_cursor;
  }
  throw notFound(reference, looked);
}

function pick(runs: readonly RunSummaryView[], reference: string): string | undefined {
  if (reference === 'latest') return runs[0]?.id;
  const ofTenant = runs.filter((run) => run.tenant_slug === reference);
  const going = ofTenant.filter((run) => !isEnded(run));
  // A run that stands for a step of another is meant by its id; the tenant's name means the one it is part of.
  const whole = going.filter(({ parent }) => parent === null);
  const live = whole.length > 0 ? whole : going;
  if (live.length > 1) throw several(live, reference);
  const byTenant = live[0] ?? ofTenant[0];
  if (byTenant !== undefined) return byTenant.id;
  const prefix = reference.replace(/^run_/, '').toLowerCase();
  if (prefix.length < PREFIX_MIN || !/^[0-9a-f-]+$/.test(prefix)) return undefined;
  const byId = runs.filter((run) => run.id.startsWith(`run_${prefix}`));
  if (byId.length > 1) throw several(byId, reference);
  return byId[0]?.id;
}

const several = (runs: readonly RunSummaryView[], reference: string): TenantryError =>
  new TenantryError('command.invalid', `"${reference}" fits ${runs.length} runs.`, {
    faults: runs.slice(0, 10).map((run) => ({ path: run.id, message: `${run.title}, ${run.status}` })),
    next: 'Give the id of the one you mean.',
  });

function notFound(reference: string, looked: number): TenantryError {
  const message = looked === 0 ? 'There is no run yet.' : `No run fits "${reference}" among the newest ${looked}.`;
  return new TenantryError('run.not_found', message, {
    next:
      looked === 0
        ? 'Start one with tenantry onboard FILE.'
        : 'Give a run id, the beginning of one (4 characters or more), the slug of a tenant, or latest; tenantry run list shows them.',
  });
}
