/** `/api/v1/runs` and `/api/v1/runbooks`: parse, call the verb, answer. */
import {
  bug,
  cancelRunSchema,
  completeTaskSchema,
  decisionSchema,
  endRunSchema,
  evidenceSchema,
  fromWireId,
  mendIntakeSchema,
  overrideGateSchema,
  overrideSchema,
  pageQuerySchema,
  pageSchema,
  planSchema,
  type RunSummaryView,
  resolutionSchema,
  resourceSchema,
  runStatusSchema,
  runSummarySchema,
  runViewSchema,
  startRunSchema,
  TenantryError,
  toWireId,
} from '@tenantry/contract';
import { emptyCatalog, type JsonObject } from '@tenantry/runbook';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import {
  type Answer,
  decodeCursor,
  type HttpServer,
  pageOf,
  personOf,
  read,
  streamEvents,
  write,
} from '../http/index.ts';
import type { Keyring } from '../vault/index.ts';
import { readClientFile } from './client-file.ts';
import { planRun, type Registry, viewPlan } from './execution/index.ts';
import { approveRunbook, listRunbooks, publishRunbook, type RunbookSummary } from './library/index.ts';
import {
  cancelRun,
  completeTask,
  decide,
  eventsAfter,
  listEvidence,
  listResources,
  listRuns,
  mendIntake,
  overrideGate,
  overrideStep,
  type RunSummary,
  type RunWatch,
  reachRun,
  readArtifact,
  readRun,
  resolveStep,
  retryStep,
  rollBackRun,
  startRun,
} from './runs/index.ts';

export interface RunRoutesDeps {
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly mode: 'development' | 'production';
  readonly watch: RunWatch;
}

const runParams = z.object({ run: z.string() });
const stepParams = z.object({ run: z.string(), step: z.string() });

/** @throws run.not_found for a text that is no run id */
function runIdOf(text: string): string {
  const id = fromWireId('run', text);
  if (id !== undefined) return id;
  throw new TenantryError('run.not_found', `"${text}" is not the id of a run.`, {
    next: 'tenantry run list shows the runs there are.',
  });
}

export function runRoutes(server: HttpServer, deps: RunRoutesDeps): void {
  readRoutes(server, deps);
  startRoutes(server, deps);
  stepRoutes(server);
  endRoutes(server, deps);
  runbookRoutes(server, deps);
}

function startRoutes(server: HttpServer, { registry, keyring, mode }: RunRoutesDeps): void {
  server.post(
    '/api/v1/runs',
    {
      config: { scope: 'runs:write' },
      schema: {
        summary: 'Start a run from a client file',
        tags: ['runs'],
        body: startRunSchema,
        response: { 201: runViewSchema },
      },
    },
    write(async (ctx, request): Promise<Answer> => {
      const record = await startRun(ctx, readClientFile(request.body), { keyring, mode });
      const body = await readRun(ctx, record.id);
      return { status: 201, body, headers: { location: `/api/v1/runs/${body.id}` } };
    }),
  );
  server.post(
    '/api/v1/plans',
    {
      config: { scope: 'runs:read', notIdempotent: 'plans write nothing' },
      schema: {
        summary: 'What a run would create, change and ask; writes nothing',
        tags: ['runs'],
        body: startRunSchema,
        response: { 200: planSchema },
      },
    },
    read(async (ctx, request) => {
      return viewPlan(
        await planRun(ctx, readClientFile(request.body), { registry, mode, signal: AbortSignal.timeout(60_000) }),
      );
    }),
  );
}

function readRoutes(server: HttpServer, { watch }: RunRoutesDeps): void {
  const config = { scope: 'runs:read' } as const;
  server.get(
    '/api/v1/runs',
    {
      config,
      schema: {
        summary: 'Runs, newest first',
        tags: ['runs'],
        querystring: pageQuerySchema.extend({ status: runStatusSchema.optional(), tenant: z.string().optional() }),
        response: { 200: pageSchema(runSummarySchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor, status, tenant } }) => {
      const after = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const rows = await listRuns(ctx, {
        limit: limit + 1,
        ...(after && { after: { createdAt: after[0], id: after[1] } }),
        ...(status && { status }),
        ...(tenant && { tenantId: tenant }),
      });
      const page = pageOf(rows, limit, (run) => [run.createdAt, run.id]);
      return { items: page.items.map(viewSummary), next_cursor: page.next_cursor };
    }),
  );
  server.get(
    '/api/v1/runs/:run',
    { config, schema: { summary: 'One run', tags: ['runs'], params: runParams, response: { 200: runViewSchema } } },
    read((ctx, { params }) => readRun(ctx, runIdOf(params.run))),
  );
  server.get(
    '/api/v1/runs/:run/evidence',
    {
      config,
      schema: {
        summary: 'Evidence rows of a run',
        tags: ['runs'],
        params: runParams,
        response: { 200: z.object({ items: z.array(evidenceSchema) }) },
      },
    },
    read(async (ctx, { params }) => ({ items: await listEvidence(ctx, runIdOf(params.run)) })),
  );
  server.get(
    '/api/v1/runs/:run/resources',
    {
      config,
      schema: {
        summary: 'The ledger of a run',
        tags: ['runs'],
        params: runParams,
        response: { 200: z.object({ items: z.array(resourceSchema) }) },
      },
    },
    read(async (ctx, { params }) => ({ items: await listResources(ctx, runIdOf(params.run)) })),
  );
  server.get(
    '/api/v1/runs/:run/artifacts/:artifact',
    {
      config,
      schema: {
        summary: 'A document or file of a run',
        tags: ['runs'],
        params: runParams.extend({ artifact: z.uuid() }),
      },
    },
    async (request, reply) => {
      const { database, now } = server.services;
      const file = await database.transaction('operator', (tx) =>
        readArtifact(
          { tx, actor: personOf(request), now: now() },
          runIdOf(request.params.run),
          request.params.artifact,
        ),
      );
      return reply
        .type(file.mediaType)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
        .header('etag', `"${file.sha256}"`)
        .send(Buffer.from(file.bytes));
    },
  );
  server.get(
    '/api/v1/runs/:run/events',
    { config, schema: { summary: 'Live events of a run (text/event-stream)', tags: ['runs'], params: runParams } },
    async (request, reply) => {
      const id = runIdOf(request.params.run);
      const actor = personOf(request);
      const { database, now } = server.services;
      const inTx = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
        database.transaction('operator', (tx) => fn({ tx, actor, now: now() }));
      await inTx((ctx) => reachRun(ctx, id));
      return streamEvents(request, reply, ({ lastEventId, signal }) =>
        followRun({ watch, inTx }, id, Number(lastEventId ?? 0), signal),
      );
    },
  );
}

const viewSummary = (run: RunSummary): RunSummaryView => ({
  id: toWireId('run', run.id),
  title: run.title,
  runbook: run.runbook,
  version: run.version,
  status: run.status,
  tenant_id: run.tenantId,
  tenant_slug: run.tenantSlug,
  started_by: run.startedBy,
  created_at: run.createdAt.toISOString(),
  updated_at: run.updatedAt.toISOString(),
});

interface Follow {
  readonly watch: RunWatch;
  inTx<T>(fn: (ctx: Ctx) => Promise<T>): Promise<T>;
}

const BATCH = 200;

/** Every event of the run after a revision, as they come; ends when the run has ended or the reader leaves. */
async function* followRun(
  { watch, inTx }: Follow,
  id: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<{ id: string; event: string; data: unknown }> {
  let revision = Number.isSafeInteger(from) ? from : 0;
  let moved = true;
  let wake: () => void = () => undefined;
  const stop = watch.onMove(id, () => {
    moved = true;
    wake();
  });
  signal.addEventListener('abort', () => wake());
  try {
    while (!signal.aborted) {
      moved = false;
      const events = await inTx((ctx) => eventsAfter(ctx, id, revision, BATCH));
      for (const event of events) {
        revision = event.revision;
        yield { id: String(event.revision), event: 'run', data: event };
      }
      const last = events.at(-1)?.run_status;
      if (events.length < BATCH && (last === 'completed' || last === 'rolled_back' || last === 'cancelled')) return;
      if (events.length === BATCH || moved || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
  }
}

function stepRoutes(server: HttpServer): void {
  const config = { scope: 'runs:write' } as const;
  const response = { 200: runViewSchema };
  const step = (summary: string) => ({ summary, tags: ['runs'], params: stepParams, response });
  server.post(
    '/api/v1/runs/:run/steps/:step/complete',
    { config, bodyLimit: 16 * 1024 * 1024, schema: { ...step('Complete a task'), body: completeTaskSchema } },
    write(async (ctx, { params, body }) => {
      const { file, output, role, note, ticks } = body;
      const record = await completeTask(ctx, runIdOf(params.run), {
        step: params.step,
        output: output as JsonObject,
        ticks,
        ...(role && { role }),
        ...(note && { note }),
        ...(file && {
          file: { name: file.name, mediaType: file.media_type, bytes: Buffer.from(file.content_base64, 'base64') },
        }),
      });
      return { body: await readRun(ctx, record.id) };
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

function endRoutes(server: HttpServer, { keyring }: RunRoutesDeps): void {
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

const runbookSummarySchema = z.object({
  id: z.string(),
  version: z.string(),
  title: z.string(),
  hash: z.string(),
  published_at: z.iso.datetime(),
  approvals: z.array(z.object({ role: z.string(), name: z.string(), at: z.string(), development: z.boolean() })),
  missing: z.array(z.string()),
});

const publishSchema = z.strictObject({
  file: z.string().max(255).describe('Name of the runbook file, for messages'),
  source: z.string().max(1_000_000),
  files: z.record(z.string().max(500), z.string().max(1_000_000)).default({}).describe('Files it may name, by path'),
});
const publicationSchema = z.object({ id: z.string(), version: z.string(), hash: z.string(), is_new: z.boolean() });
const versionParams = z.object({ runbook: z.string(), version: z.string() });

function runbookRoutes(server: HttpServer, { registry }: RunRoutesDeps): void {
  const catalog = { ...emptyCatalog, ...registry.catalog };
  server.post(
    '/api/v1/runbooks',
    {
      config: { scope: 'runbooks:write' },
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        summary: 'Publish a version of a runbook; a published version never changes',
        tags: ['runbooks'],
        body: publishSchema,
        response: { 200: publicationSchema },
      },
    },
    write(async (ctx, request) => {
      const { runbook, hash, isNew } = await publishRunbook(ctx, request.body, catalog);
      return { body: { id: runbook.id, version: runbook.version, hash, is_new: isNew } };
    }),
  );
  server.post(
    '/api/v1/runbooks/:runbook/versions/:version/approve',
    {
      config: { scope: 'runbooks:write' },
      schema: {
        summary: 'Approve a version in one role; bound to its hash',
        tags: ['runbooks'],
        params: versionParams,
        body: z.strictObject({ role: z.string() }),
        response: { 200: runbookSummarySchema },
      },
    },
    write(async (ctx, { params, body }) => {
      await approveRunbook(ctx, { id: params.runbook, version: params.version, role: body.role });
      const approved = (await listRunbooks(ctx.tx)).find(
        ({ id, version }) => id === params.runbook && version === params.version,
      );
      if (approved === undefined) throw bug('an approved runbook is not listed');
      return { body: viewRunbook(approved) };
    }),
  );
  server.get(
    '/api/v1/runbooks',
    {
      config: { scope: 'runbooks:read' },
      schema: {
        summary: 'Published runbooks and their approvals',
        tags: ['runbooks'],
        response: { 200: z.object({ items: z.array(runbookSummarySchema) }) },
      },
    },
    read(async (ctx) => ({ items: (await listRunbooks(ctx.tx)).map(viewRunbook) })),
  );
}

const viewRunbook = ({
  publishedAt,
  approvals,
  missing,
  ...runbook
}: RunbookSummary): z.input<typeof runbookSummarySchema> => ({
  ...runbook,
  approvals: [...approvals],
  missing: [...missing],
  published_at: publishedAt.toISOString(),
});
