/** What people do to a whole run: open a gate, mend the intake, take back, cancel. */
import {
  cancelRunSchema,
  commentOnSchema,
  mendIntakeSchema,
  migrateRunSchema,
  moveGoLiveSchema,
  overrideGateSchema,
  reopenSchema,
  rollBackSchema,
  runViewSchema,
} from '@tenantry/contract';
import type { JsonObject } from '@tenantry/runbook';
import { type HttpServer, write } from '../../http/index.ts';
import {
  cancelRun,
  commentOnRun,
  mendIntake,
  migrateRun,
  moveGoLive,
  overrideGate,
  readRun,
  reopenPhase,
  takeBackRun,
} from '../runs/index.ts';
import { type RunRoutesDeps, runIdOf, runParams } from './run-params.ts';

export function endRoutes(server: HttpServer, { keyring, mode }: RunRoutesDeps): void {
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
    '/api/v1/runs/:run/comment',
    { config, schema: { ...run('Say something on a step or phase before it is decided'), body: commentOnSchema } },
    write(async (ctx, { params, body }) => {
      const { role, step, phase, text } = body;
      const about = { ...(role && { role }), ...(step && { step }), ...(phase && { phase }) };
      await commentOnRun(ctx, runIdOf(params.run), { ...about, text });
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
    '/api/v1/runs/:run/reopen',
    { config, schema: { ...run('Begin another round of a phase and of all that depends on it'), body: reopenSchema } },
    write(async (ctx, { params, body }) => {
      const { role, ...rest } = body;
      await reopenPhase(ctx, runIdOf(params.run), { ...rest, ...(role && { role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/go-live',
    { config, schema: { ...run('Move the day of go-live, and every time not yet reached'), body: moveGoLiveSchema } },
    write(async (ctx, { params, body }) => {
      const { role, reason, go_live: goLive } = body;
      await moveGoLive(ctx, runIdOf(params.run), { goLive, reason, ...(role && { role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/migrate',
    { config, schema: { ...run('Go on under another version of the runbook'), body: migrateRunSchema } },
    write(async (ctx, { params, body }) => {
      const { role, reopen, to, reason } = body;
      const input = { to, reason, ...(role && { role }), ...(reopen && { reopen }) };
      await migrateRun(ctx, runIdOf(params.run), input, { mode });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/rollback',
    {
      config,
      schema: {
        ...run('Take back everything the run made, by the runbook named for it where there is one'),
        body: rollBackSchema,
      },
    },
    write(async (ctx, { params, body }) => {
      const { role, reason, intake, plain } = body;
      const input = { reason, plain, ...(role && { role }), ...(intake && { intake: intake as JsonObject }) };
      const record = await takeBackRun(ctx, runIdOf(params.run), input, { keyring, mode });
      return { body: await readRun(ctx, record.id) };
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
