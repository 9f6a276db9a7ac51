/** `/api/v1/audit`: parse, call the verb, answer. */
import {
  type AuditRowView,
  type AuditVerdictView,
  auditQuerySchema,
  auditRowSchema,
  auditVerdictSchema,
  checkpointSchema,
  fromWireId,
  ID_PREFIXES,
  type IdKind,
  isUuid,
  pageSchema,
  TenantryError,
  toWireId,
} from '@tenantry/contract';
import { z } from 'zod';
import { decodeCursor, encodeCursor, type HttpServer, personOf, read } from '../http/index.ts';
import { exportCheckpoint } from './checkpoint.ts';
import { listAudit } from './list-audit.ts';
import { permitAudit } from './permit-audit.ts';
import type { AuditRow, AuditVerdict, Checkpoint, CheckpointSigner } from './types.ts';
import { verifyAudit } from './verify-audit.ts';

export interface AuditRoutesDeps {
  /** The key checkpoints must be signed with. */
  readonly signer: CheckpointSigner;
}

const config = { scope: 'audit:read' } as const;

export function auditRoutes(server: HttpServer, { signer }: AuditRoutesDeps): void {
  listRoute(server);
  checkpointRoute(server);
  verifyRoutes(server, signer);
}

function listRoute(server: HttpServer): void {
  server.get(
    '/api/v1/audit',
    {
      config,
      schema: {
        summary: 'The audit log, newest first',
        tags: ['audit'],
        querystring: auditQuerySchema,
        response: { 200: pageSchema(auditRowSchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor, tenant, run, action, actor, from, to } }) => {
      const after = decodeCursor(cursor, z.tuple([z.string().regex(/^\d+$/)]))?.[0];
      const filter = {
        ...(tenant !== undefined && { tenantId: filterId('tenant', isUuid(tenant) ? tenant : undefined) }),
        ...(run !== undefined && { runId: filterId('run', fromWireId('run', run)) }),
        ...(actor !== undefined && { actorId: actorIdOf(actor) }),
        ...(action !== undefined && { action }),
        ...(from !== undefined && { from: new Date(from) }),
        ...(to !== undefined && { to: new Date(to) }),
      };
      const page = await listAudit(ctx, filter, { limit, ...(after !== undefined && { cursor: after }) });
      return {
        items: page.rows.map(viewRow),
        next_cursor: page.cursor === undefined ? null : encodeCursor([page.cursor]),
      };
    }),
  );
}

function checkpointRoute(server: HttpServer): void {
  server.get(
    '/api/v1/audit/checkpoint',
    {
      config,
      schema: {
        summary: 'The latest signed checkpoint, to be kept elsewhere',
        tags: ['audit'],
        response: { 200: checkpointSchema },
      },
    },
    async (request) => {
      permitAudit(personOf(request));
      const checkpoint = await exportCheckpoint(server.services.database);
      if (checkpoint !== undefined) return checkpoint;
      throw new TenantryError('request.not_found', 'No checkpoint of the audit log has been signed yet.', {
        next: 'Ask again in a minute: the first is signed soon after the first row is written.',
      });
    },
  );
}

function verifyRoutes(server: HttpServer, signer: CheckpointSigner): void {
  const common = { tags: ['audit'], response: { 200: auditVerdictSchema } };
  const verify = async (checkpoint?: Checkpoint): Promise<AuditVerdictView> => {
    const publicKeys = [signer.publicKey];
    const options = checkpoint === undefined ? { publicKeys } : { publicKeys, checkpoint };
    return viewVerdict(await verifyAudit(server.services.database, options), signer.keyId, checkpoint);
  };
  server.get(
    '/api/v1/audit/verify',
    { config, schema: { ...common, summary: 'Reads the whole chain and tells what does not fit' } },
    async (request) => {
      permitAudit(personOf(request));
      return verify();
    },
  );
  server.post(
    '/api/v1/audit/verify',
    {
      config: { ...config, notIdempotent: 'verifying writes nothing' },
      schema: {
        ...common,
        summary: 'The same against a checkpoint exported earlier: only that shows a log cut off at its end',
        body: checkpointSchema,
      },
    },
    async (request) => {
      permitAudit(personOf(request));
      return verify(request.body);
    },
  );
}

/** A filter that cannot be read must not silently show everything. @throws request.invalid */
function filterId(name: string, id: string | undefined): string {
  if (id !== undefined) return id;
  throw new TenantryError('request.invalid', `The filter "${name}" is not the id of a ${name}.`, {
    faults: [{ path: `query.${name}`, message: `is not the id of a ${name}` }],
    next: 'Correct the id or leave it out.',
  });
}

const actorIdOf = (text: string): string =>
  fromWireId('person', text) ?? fromWireId('user', text) ?? fromWireId('run', text) ?? text;

const wireIdOf = (kind: string, id: string): string =>
  Object.hasOwn(ID_PREFIXES, kind) && isUuid(id) ? toWireId(kind as IdKind, id) : id;

const namedSchema = z.object({
  name: z.string().optional(),
  email: z.string().optional(),
  development: z.boolean().optional(),
});

function viewRow(row: AuditRow): AuditRowView {
  const who = namedSchema.parse(row.actor ?? {});
  return {
    id: row.id,
    at: row.at.toISOString(),
    action: row.action,
    actor: {
      kind: row.actorKind,
      id: wireIdOf(row.actorKind, row.actorId),
      name: who.name ?? null,
      email: who.email ?? null,
      development: who.development ?? false,
    },
    tenant_id: row.tenantId,
    run_id: row.runId === null ? null : toWireId('run', row.runId),
    subject: { kind: row.subject.kind, id: wireIdOf(row.subject.kind, row.subject.id), name: row.subject.name ?? null },
    reason: row.reason ?? null,
    detail: row.detail ?? null,
    erased: row.erased,
  };
}

const viewVerdict = (verdict: AuditVerdict, keyId: string, checkpoint: Checkpoint | undefined): AuditVerdictView => ({
  schema: 'tenantry.audit_verdict/1',
  ok: verdict.ok,
  rows: verdict.rows,
  sealed_to: verdict.sealedTo,
  pending: verdict.pending,
  erased: verdict.erased,
  problems: verdict.problems.map(({ kind, position, rowId, message }) => ({
    kind,
    position: position ?? null,
    row_id: rowId ?? null,
    message,
  })),
  problems_total: verdict.problemsTotal,
  key_id: keyId,
  checkpoint_position: checkpoint?.position ?? null,
});
