/** The tasks of a visitor: read, keep what was typed, send, sign, choose. */
import {
  choosePortalTaskSchema,
  completePortalTaskSchema,
  portalDoneSchema,
  portalDraftSchema,
  portalTaskSchema,
  savePortalDraftSchema,
  signPortalTaskSchema,
} from '@tenantry/contract';
import type { JsonObject } from '@tenantry/runbook';
import type { HttpServer } from '../../http/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { choosePortalTask, completePortalTask, signPortalTask } from '../work/act-on-task.ts';
import { saveDraft } from '../work/drafts.ts';
import { findTask } from '../work/find-task.ts';
import { readTask } from '../work/overview.ts';
import { asVisitor, inTenant, portalRoute, taskParams, visitorOfRun } from './visits.ts';

const tags = ['portal'];
const done = { done: true, signature: null } as const;

export function taskRoutes(server: HttpServer, deps: PortalDeps): void {
  server.get(
    '/portal/api/runs/:run/tasks/:step',
    {
      ...portalRoute,
      schema: {
        summary: 'One task, with its form and draft',
        tags,
        params: taskParams,
        response: { 200: portalTaskSchema },
      },
    },
    async (request) => {
      const { run, step } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      return readTask(deps, visitor, { runId, step });
    },
  );
  server.put(
    '/portal/api/runs/:run/tasks/:step/draft',
    {
      ...portalRoute,
      schema: {
        summary: 'Keep what was typed; refused when a newer draft is there',
        tags,
        params: taskParams,
        body: savePortalDraftSchema,
        response: { 200: portalDraftSchema },
      },
    },
    async (request) => {
      const { run, step } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      const place = { runId, step };
      const { ask } = await asVisitor(deps, visitor, (ctx) => findTask(ctx, visitor, place));
      const draft = { ...place, ...request.body, form: ask.form };
      return inTenant(deps, visitor, ({ tx, now }) => saveDraft(tx, visitor, draft, now));
    },
  );
  server.post(
    '/portal/api/runs/:run/tasks/:step/complete',
    {
      ...portalRoute,
      schema: {
        summary: 'Send the form of a task',
        tags,
        params: taskParams,
        body: completePortalTaskSchema,
        response: { 200: portalDoneSchema },
      },
    },
    async (request) => {
      const { run, step } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      const { values, ticks, note } = request.body;
      const completion = { runId, step, values: values as JsonObject, ticks, note };
      await asVisitor(deps, visitor, (ctx) => completePortalTask(ctx, deps, visitor, completion));
      return done;
    },
  );
  decisionRoutes(server, deps);
}

function decisionRoutes(server: HttpServer, deps: PortalDeps): void {
  server.post(
    '/portal/api/runs/:run/tasks/:step/sign',
    {
      ...portalRoute,
      schema: {
        summary: 'Sign what is shown, or say no to it',
        tags,
        params: taskParams,
        body: signPortalTaskSchema,
        response: { 200: portalDoneSchema },
      },
    },
    async (request) => {
      const { run, step } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      const signing = { runId, step, ...request.body };
      const signature = await asVisitor(deps, visitor, (ctx) => signPortalTask(ctx, deps, visitor, signing));
      return { done: true as const, signature };
    },
  );
  server.post(
    '/portal/api/runs/:run/tasks/:step/choose',
    {
      ...portalRoute,
      schema: {
        summary: 'Pick an option',
        tags,
        params: taskParams,
        body: choosePortalTaskSchema,
        response: { 200: portalDoneSchema },
      },
    },
    async (request) => {
      const { run, step } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      const { option } = request.body;
      await asVisitor(deps, visitor, (ctx) => choosePortalTask(ctx, visitor, { runId, step, option }));
      return done;
    },
  );
}
