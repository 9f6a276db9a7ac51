import { metricsSummarySchema } from '@tenantry/contract';
import { z } from 'zod';
import { type Connector, defineCheck, defineConnector } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { tenantOf } from '../tenants/index.ts';
import { figuresCheck } from './figures-check.ts';
import type { HypercareDeps } from './hypercare-deps.ts';
import { lastMinutes, summarizeTenant } from './read-metrics.ts';
import { recordCheckInAction } from './record-check-in.ts';
import { watchAction } from './watch-action.ts';

export interface MetricsActionDeps {
  readonly database: Database;
}

const TWO_WEEKS_MINUTES = 20_160;

const input = z.strictObject({
  tenant: z.uuid().optional().describe('Id of the tenant; that of the run unless given'),
  minutes: z.int().min(1).max(TWO_WEEKS_MINUTES).default(60).describe('How far back from now'),
});

/**
 * `metrics.tenant`: what the application reported of the tenant. A figure nobody reported is null and named in
 * `missing`, so that no comparison with it holds: silence is not health.
 */
const tenantCheck = ({ database }: MetricsActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof metricsSummarySchema>>({
    name: 'metrics.tenant',
    version: 1,
    summary: 'Error rate, response times, log-ins and active users of the tenant, as its application reports them',
    input,
    output: metricsSummarySchema,
    run: (ctx, { tenant, minutes }) =>
      database.transaction('worker', (tx) => summarizeTenant(tx, tenantOf(ctx, tenant), lastMinutes(ctx.now, minutes))),
  });

/** `hypercare.*`: the watched weeks after go-live. */
export const hypercareActions = (deps: HypercareDeps): Connector =>
  defineConnector({
    name: 'hypercare',
    actions: [watchAction(deps), recordCheckInAction(deps)],
    checks: [figuresCheck(deps)],
  });

/** `metrics.*`: what a runbook may ask of a tenant's figures. */
export const metricsActions = (deps: MetricsActionDeps): Connector =>
  defineConnector({ name: 'metrics', checks: [tenantCheck(deps)] });
