import { canonicalJson } from '@tenantry/contract';
import { type Actor, actorId, type Ctx } from '../access/index.ts';
import type { AuditEntry } from './types.ts';

/**
 * Without a tenant of its own the row takes the transaction's, so that a verb run under row-level security
 * never writes a row its own policy refuses.
 */
const INSERT = {
  name: 'audit-record',
  text: `insert into audit_log
           (at, actor_kind, actor_id, action, tenant_id, run_id, subject_kind, subject_id, payload, payload_hash)
         values ($1, $2, $3, $4, coalesce($5::uuid, nullif(current_setting('app.current_tenant_id', true), '')::uuid),
                 $6, $7, $8, $9::text::json, sha256(convert_to($9::text, 'UTF8')))`,
};

const INSERT_MANY = {
  name: 'audit-record-many',
  text: `insert into audit_log
           (at, actor_kind, actor_id, action, tenant_id, run_id, subject_kind, subject_id, payload, payload_hash)
         select $1, $2, $3, action,
                coalesce(tenant_id, nullif(current_setting('app.current_tenant_id', true), '')::uuid),
                run_id, subject_kind, subject_id, payload::json, sha256(convert_to(payload, 'UTF8'))
         from unnest($4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[])
           with ordinality as entry (action, tenant_id, run_id, subject_kind, subject_id, payload, place)
         order by place`,
};

/**
 * Writes one audit row in the caller's transaction: if it fails, so does what it tells of.
 *
 * @example
 * await recordAudit(ctx, { action: 'tenant.created', tenantId, subject: { kind: 'tenant', id: tenantId, name: slug } });
 */
export async function recordAudit(ctx: Ctx, entry: AuditEntry): Promise<void> {
  const { actor } = ctx;
  await ctx.tx.query(INSERT, [
    ctx.now,
    actor.kind,
    actorId(actor),
    entry.action,
    entry.tenantId ?? null,
    runOf(actor, entry),
    entry.subject.kind,
    entry.subject.id,
    payloadOf(actor, entry),
  ]);
}

/** Writes many rows of one actor in one statement, in the order given. */
export async function recordAuditMany(ctx: Ctx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const { actor } = ctx;
  await ctx.tx.query(INSERT_MANY, [
    ctx.now,
    actor.kind,
    actorId(actor),
    entries.map((entry) => entry.action),
    entries.map((entry) => entry.tenantId ?? null),
    entries.map((entry) => runOf(actor, entry)),
    entries.map((entry) => entry.subject.kind),
    entries.map((entry) => entry.subject.id),
    entries.map((entry) => payloadOf(actor, entry)),
  ]);
}

const runOf = (actor: Actor, entry: AuditEntry): string | null =>
  entry.runId ?? (actor.kind === 'run' ? actor.runId : null);

/** Everything that may name a person stands in the payload, so that erasing it is enough. */
const payloadOf = (actor: Actor, entry: AuditEntry): string =>
  canonicalJson({
    actor: describeActor(actor),
    subjectName: entry.subject.name,
    reason: entry.reason,
    detail: entry.detail,
  });

function describeActor(actor: Actor): Readonly<Record<string, unknown>> {
  switch (actor.kind) {
    case 'person': {
      const { id, name, email, party, keyId, clientId, development } = actor;
      return { kind: actor.kind, id, name, email, party, keyId, clientId, development };
    }
    case 'user': {
      const { userId: id, name, email, tenantId } = actor;
      return { kind: actor.kind, id, name, email, tenantId };
    }
    case 'run':
      return { kind: actor.kind, runId: actor.runId, stepId: actor.stepId };
    case 'system':
      return { kind: actor.kind, part: actor.part };
  }
}
