/** What people do to a whole run: open a gate, mend the intake, take back, cancel. */
import { cancelRunSchema, endRunSchema, mendIntakeSchema, overrideGateSchema, runViewSchema } from '@tenantry/contract';
import type { JsonObject } from '@tenantry/runbook';
import { type HttpServer, write } from '../../http/index.ts';
import { cancelRun, mendIntake, overrideGate, readRun, rollBackRun } from '../runs/index.ts';
import { type RunRoutesDeps, runIdOf, runParams } from './run-params.ts';

export function endRoutes(server: HttpServer, { keyring }: RunRoutesDeps): void {
  const config = { scope: 'runs:write' } as const;
  const run = (summary: string) => ({ summary, tags: ['runs'], params: runParams, response: { 200: runViewSchema } });
  server.post(
    '/api/v1/runs/:run/override-gate',
    { config, schema: { ...run('Open a gate line by hand, with a reason'), body: overrideGateSchema } },
    write(async (ctx, { params, body }) => {
      const { role, ...rest } = body;
      await overrideGate(ctx, runIdOf(params.run), { ...rest, ...(role && { role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/mend-intake',
    { config, schema: { ...run('Correct the intake of a halted run and continue'), body: mendIntakeSchema } },
    write(async (ctx, { params, body }) => {
      await mendIntake(ctx, runIdOf(params.run), body.intake as JsonObject, { keyring });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/rollback',
    { config, schema: { ...run('Take back everything the run made'), body: endRunSchema } },
    write(async (ctx, { params, body }) => {
      await rollBackRun(ctx, runIdOf(params.run), { reason: body.reason, ...(body.role && { role: body.role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/cancel',
    { config, schema: { ...run('End the run; keep or take back what it made'), body: cancelRunSchema } },
    write(async (ctx, { params, body }) => {
      await cancelRun(ctx, runIdOf(params.run), {
        reason: body.reason,
        undo: body.undo,
        ...(body.role && { role: body.role }),
      });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
}
