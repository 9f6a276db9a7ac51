import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../../access/index.ts';
import { type ActionContext, isKnown, type Planned } from '../../connectors/kit/index.ts';
import type { Database, Tx } from '../../db/index.ts';

export interface TenantActionDeps {
  readonly database: Database;
}

/** The tenant of the run unless a run about no tenant names one. */
export const tenantField = z.uuid().optional().describe('Id of the tenant; that of the run unless given');

/** Runs a verb in one transaction, on the authority of the run's step. */
export const asStep = <T>(database: Database, ctx: ActionContext, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('worker', (tx) =>
    fn({ tx, now: ctx.now, actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id } }),
  );

export const reading = <T>(database: Database, fn: (tx: Tx) => Promise<T>): Promise<T> =>
  database.transaction('worker', fn);

/**
 * Which tenant a step is about. A run about one tenant cannot be talked into touching another, whatever came in
 * with its intake.
 *
 * @throws runbook.invalid, access.forbidden
 */
export function tenantOf(ctx: ActionContext, given: string | undefined): string {
  if (ctx.tenant === undefined) {
    if (given !== undefined) return given;
    throw new TenantryError('runbook.invalid', `The step ${ctx.step.id} is about no tenant.`, {
      next: 'Name the tenant, or make the runbook one about a tenant.',
    });
  }
  if (given === undefined || given === ctx.tenant.id) return ctx.tenant.id;
  throw new TenantryError('access.forbidden', `This run is about ${ctx.tenant.slug} and may not touch another tenant.`);
}

/** As `tenantOf` while planning; undefined while the id is not known yet. */
export const plannedTenantOf = (
  ctx: ActionContext,
  given: Planned<string | undefined> | undefined,
): string | undefined => (given === undefined || isKnown(given) ? tenantOf(ctx, given) : ctx.tenant?.id);
