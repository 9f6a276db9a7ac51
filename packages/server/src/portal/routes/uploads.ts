/** Files that go with a task: sent as they are, named in the address. */
import { portalFileSchema, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { HttpServer } from '../../http/index.ts';
import { FILE_BYTES_MAX } from '../core/file-kind.ts';
import { notInPortal } from '../errors.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { findTask } from '../work/find-task.ts';
import { EVIDENCE_FIELD, keepUpload, removeUpload } from '../work/uploads.ts';
import { asVisitor, inTenant, portalRoute, taskParams, visitorOfRun } from './visits.ts';

const tags = ['portal'];
const BINARY = 'application/octet-stream';
/** A little more than is taken, so that what is too large is told as a fault of the file. */
const BODY_BYTES_MAX = FILE_BYTES_MAX + 1_024;

const fileParams = taskParams.extend({ file: z.string().max(100) });

export function uploadRoutes(server: HttpServer, deps: PortalDeps): void {
  server.register((scope: HttpServer, _options, ready) => {
    scope.addContentTypeParser(BINARY, { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX }, (_request, body, parsed) =>
      parsed(null, body),
    );
    keepRoute(scope, deps);
    ready();
  });
  server.delete(
    '/portal/api/runs/:run/tasks/:step/files/:file',
    {
      ...portalRoute,
      schema: { summary: 'Take a file away again', tags, params: fileParams, response: { 204: z.null() } },
    },
    async (request, reply) => {
      const { run, step, file } = request.params;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      const id = /^file_([0-9a-f-]{36})$/.exec(file)?.[1];
      if (id === undefined) throw notInPortal('file');
      await inTenant(deps, visitor, ({ tx }) => removeUpload(tx, visitor, { runId, step }, id));
      return reply.code(204).send(null);
    },
  );
}

function keepRoute(server: HttpServer, deps: PortalDeps): void {
  server.post(
    '/portal/api/runs/:run/tasks/:step/files',
    {
      ...portalRoute,
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: 'Keep a file for a field of the form, in place of the one before',
        tags,
        consumes: [BINARY],
        params: taskParams,
        querystring: z.object({
          field: z.string().max(200).default(EVIDENCE_FIELD).describe('Empty: the evidence the task asks for'),
          name: z.string().min(1).max(500),
        }),
        response: { 201: portalFileSchema },
      },
    },
    async (request, reply) => {
      const { run, step } = request.params;
      const { field, name } = request.query;
      const { visitor, runId } = await visitorOfRun(request, deps, run);
      const { ask } = await asVisitor(deps, visitor, (ctx) => findTask(ctx, visitor, { runId, step }));
      const isAsked = field === EVIDENCE_FIELD ? ask.evidence === 'file' : ask.form[field]?.format === 'file';
      if (!isAsked) {
        throw new TenantryError('portal.file_refused', 'This task asks for no file there.', {
          next: 'Use the field of the form that asks for one.',
        });
      }
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const upload = { runId, step, field, name, bytes };
      const kept = await inTenant(deps, visitor, ({ tx, now }) => keepUpload(tx, visitor, upload, now));
      return reply.code(201).send(kept);
    },
  );
}
