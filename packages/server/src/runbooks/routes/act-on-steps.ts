/** What people do on a step: complete, decide, choose, take over, confirm, retry, override, resolve. */
import {
  chooseSchema,
  completeTaskSchema,
  confirmSchema,
  decisionSchema,
  overrideSchema,
  resolutionSchema,
  runViewSchema,
  takeOverSchema,
  tickItemSchema,
} from '@tenantry/contract';
import type { ItemEvidence, JsonObject } from '@tenantry/runbook';
import { type HttpServer, write } from '../../http/index.ts';
import {
  chooseOption,
  completeTask,
  confirmStep,
  decide,
  overrideStep,
  readRun,
  resolveStep,
  retryStep,
  takeOverStep,
  tickItem,
} from '../runs/index.ts';
import { type RunRoutesDeps, runIdOf, stepParams } from './run-params.ts';

export function stepRoutes(server: HttpServer, { keyring }: RunRoutesDeps): void {
  const config = { scope: 'runs:write' } as const;
  const response = { 200: runViewSchema };
  const step = (summary: string) => ({ summary, tags: ['runs'], params: stepParams, response });
  server.post(
    '/api/v1/runs/:run/steps/:step/complete',
    { config, bodyLimit: 16 * 1024 * 1024, schema: { ...step('Complete a task'), body: completeTaskSchema } },
    write(async (ctx, { params, body }) => {
      const { file, output, role, note, ticks, items } = body;
      const completion = {
        step: params.step,
        output: output as JsonObject,
        ticks,
        items: evidenceOf(items),
        ...(role && { role }),
        ...(note && { note }),
        ...(file && { file: fileOf(file) }),
      };
      const record = await completeTask(ctx, runIdOf(params.run), completion, { keyring });
      return { body: await readRun(ctx, record.id) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/tick',
    {
      config,
      bodyLimit: 16 * 1024 * 1024,
      schema: { ...step('Tick one item of a task, or take the tick back'), body: tickItemSchema },
    },
    write(async (ctx, { params, body }) => {
      const { file, role, item, done, ...evidence } = body;
      await tickItem(ctx, runIdOf(params.run), {
        step: params.step,
        item,
        done,
        evidence: evidenceOf({ item: evidence }).item ?? {},
        ...(role && { role }),
        ...(file && { file: fileOf(file) }),
      });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/decide',
    { config, schema: { ...step('Approve, sign off or refuse'), body: decisionSchema } },
    write(async (ctx, { params, body }) => {
      const { decision, role, hash, note } = body;
      await decide(ctx, runIdOf(params.run), {
        step: params.step,
        decision,
        ...(role && { role }),
        ...(hash && { hash }),
        ...(note && { note }),
      });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/choose',
    { config, schema: { ...step('Pick an option'), body: chooseSchema } },
    write(async (ctx, { params, body }) => {
      const { option, role } = body;
      await chooseOption(ctx, runIdOf(params.run), { step: params.step, option, ...(role && { role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/take-over',
    { config, schema: { ...step('Do by hand what the action would do'), body: takeOverSchema } },
    write(async (ctx, { params, body }) => {
      const { role } = body;
      await takeOverStep(ctx, runIdOf(params.run), { step: params.step, ...(role && { role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/confirm',
    { config, schema: { ...step('Type the text of a point of no return'), body: confirmSchema } },
    write(async (ctx, { params, body }) => {
      const { text, role } = body;
      await confirmStep(ctx, runIdOf(params.run), { step: params.step, text, ...(role && { role }) });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/retry',
    { config, schema: step('Try a failed step again') },
    write(async (ctx, { params }) => {
      await retryStep(ctx, runIdOf(params.run), { step: params.step });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/override',
    { config, schema: { ...step('Go on in spite of a step, with a reason'), body: overrideSchema } },
    write(async (ctx, { params, body }) => {
      await overrideStep(ctx, runIdOf(params.run), {
        step: params.step,
        reason: body.reason,
        ...(body.role && { role: body.role }),
      });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
  server.post(
    '/api/v1/runs/:run/steps/:step/resolve',
    { config, schema: { ...step('Say what an uncertain call really did'), body: resolutionSchema } },
    write(async (ctx, { params, body }) => {
      const { role, outcome, output, reason } = body;
      await resolveStep(ctx, runIdOf(params.run), {
        step: params.step,
        outcome,
        output: output as JsonObject,
        reason,
        ...(role && { role }),
      });
      return { body: await readRun(ctx, runIdOf(params.run)) };
    }),
  );
}

interface SentFile {
  readonly name: string;
  readonly media_type: string;
  readonly content_base64: string;
}

const fileOf = ({ name, media_type: mediaType, content_base64: content }: SentFile) => ({
  name,
  mediaType,
  bytes: Buffer.from(content, 'base64'),
});

type SentEvidence = Readonly<Record<string, { readonly [Key in 'note' | 'link' | 'hash']?: string | undefined }>>;

/** Members that are not there, and none that are undefined. */
const evidenceOf = (items: SentEvidence): Readonly<Record<string, ItemEvidence>> =>
  Object.fromEntries(
    Object.entries(items).map(([id, { note, link, hash }]) => [
      id,
      { ...(note && { note }), ...(link && { link }), ...(hash && { hash }) },
    ]),
  );
