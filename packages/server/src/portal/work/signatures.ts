/** What people put their names to, and the end of it when that changes (RUN-34). */
import { type PortalSignatureView, type PortalSignedPartView, toWireId } from '@tenantry/contract';
import { decisionHash, effectiveStep, findStep } from '@tenantry/runbook';
import { type Ctx, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import { loadRun, type RunRecord } from '../../runbooks/index.ts';
import { mailLink, newestLinkOf, stationeryOf } from '../links/index.ts';
import type { PortalDeps } from '../portal-deps.ts';

interface Row {
  readonly id: string;
  readonly run_id: string;
  readonly step_id: string;
  readonly person_id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly role: string;
  readonly statement: string;
  readonly content: { readonly title: string; readonly parts: readonly PortalSignedPartView[] };
  readonly hash: string;
  readonly signed_at: Date;
  readonly voided_at: Date | null;
}

const COLUMNS = 'id, run_id, step_id, person_id, tenant_id, name, role, statement, content, hash, signed_at, voided_at';

export const viewSignature = (row: Row): PortalSignatureView => ({
  id: toWireId('signature', row.id),
  run: toWireId('run', row.run_id),
  step: row.step_id,
  title: row.content.title,
  name: row.name,
  role: row.role,
  statement: row.statement,
  hash: row.hash,
  signed_at: row.signed_at.toISOString(),
  voided_at: row.voided_at?.toISOString() ?? null,
});

/** Of everybody at the client, newest first. */
export async function listSignatures(tx: Tx, tenantId: string): Promise<PortalSignatureView[]> {
  const { rows } = await tx.query<Row>(
    `select ${COLUMNS} from portal_signatures where tenant_id = $1 order by signed_at desc, id limit 100`,
    [tenantId],
  );
  return rows.map(viewSignature);
}

export interface NewSignature {
  readonly record: RunRecord;
  readonly step: string;
  readonly title: string;
  readonly personId: string;
  readonly tenantId: string;
  readonly role: string;
  readonly name: string;
  readonly statement: string;
  readonly parts: readonly PortalSignedPartView[];
  readonly hash: string;
}

export async function keepSignature(ctx: Ctx, signature: NewSignature): Promise<PortalSignatureView> {
  const { record, step, title, parts } = signature;
  const { rows } = await ctx.tx.query<Row>(
    `insert into portal_signatures (tenant_id, run_id, step_id, person_id, role, name, statement, content, hash, signed_at, compared_revision)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning ${COLUMNS}`,
    [
      signature.tenantId,
      record.id,
      step,
      signature.personId,
      signature.role,
      signature.name,
      signature.statement,
      JSON.stringify({ title, parts }),
      signature.hash,
      ctx.now,
      record.revision,
    ],
  );
  return viewSignature(rows[0] as Row);
}

const SWEEP_MAX = 100;

/**
 * Compares what was signed with what stands there now, for runs that have moved since, and tells whoever signed when it
 * no longer counts. Rows are held while they are looked at, so two processes do not tell twice. Answers how many ended.
 */
export async function voidChangedSignatures(deps: PortalDeps): Promise<number> {
  return deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: systemActor('portal'), now: deps.now() };
    const { rows } = await tx.query<Row>(
      `select ${COLUMNS.split(', ')
        .map((column) => `s.${column}`)
        .join(', ')} from portal_signatures s join runs r on r.id = s.run_id
       where s.voided_at is null and r.revision > s.compared_revision
       order by s.run_id, s.signed_at limit ${SWEEP_MAX} for update of s skip locked`,
    );
    let voided = 0;
    for (const row of rows) {
      const record = await loadRun(tx, row.run_id);
      const current = currentHash(record, row.step_id);
      const ended = current !== row.hash;
      await tx.query('update portal_signatures set compared_revision = $2, voided_at = $3 where id = $1', [
        row.id,
        record.revision,
        ended ? ctx.now : null,
      ]);
      if (!ended) continue;
      voided += 1;
      await tellVoided(ctx, deps, record, row);
    }
    return voided;
  });
}

/** Undefined for a step that is no longer there, or no longer asks for a name. */
export function currentHash(record: RunRecord, stepId: string): string | undefined {
  const written = findStep(record.runbook, stepId);
  if (written === undefined) return undefined;
  const { body } = effectiveStep(written, record.state.steps[stepId]);
  if (body.kind !== 'approve' && body.kind !== 'sign_off') return undefined;
  return decisionHash(record.runbook, record.state, body);
}

const DAY_MS = 24 * 60 * 60 * 1_000;

async function tellVoided(ctx: Ctx, deps: PortalDeps, record: RunRecord, row: Row): Promise<void> {
  await recordAudit(ctx, {
    action: 'portal.signature_voided',
    tenantId: row.tenant_id,
    runId: row.run_id,
    subject: { kind: 'signature', id: row.id, name: row.name },
    detail: { step: row.step_id, hash: row.hash, current: currentHash(record, row.step_id) ?? null },
  });
  const link = await newestLinkOf(ctx, { personId: row.person_id, tenantId: row.tenant_id });
  if (link === undefined || link.revoked) return;
  await mailLink(ctx, deps, link, {
    template: 'portal-voided',
    key: `portal-voided:${row.id}`,
    expiresAt: new Date(ctx.now.getTime() + 14 * DAY_MS),
    values: {
      title: row.content.title,
      run: record.meta.title,
      hash: row.hash,
      signed_at: row.signed_at.toISOString(),
    },
  });
}

/** The receipt: who signed what, when, in which role, and the hash by which it can be proven later. */
export async function mailReceipt(
  ctx: Ctx,
  deps: PortalDeps,
  place: Parameters<typeof stationeryOf>[2],
  signature: PortalSignatureView,
  { title, parts }: { readonly title: string; readonly parts: readonly PortalSignedPartView[] },
): Promise<void> {
  const stationery = await stationeryOf(ctx, deps, place);
  await deps.sendMail(ctx, {
    tenantId: stationery.mailTenantId,
    to: place.person.email,
    template: stationery.language === 'pt' ? 'portal-signed-pt' : 'portal-signed',
    key: `portal-signed:${signature.id}`,
    values: {
      ...stationery.values,
      title,
      signed_name: signature.name,
      role: signature.role,
      statement: signature.statement,
      signed_at: signature.signed_at,
      hash: signature.hash,
      parts: parts.map((part) => `${part.title}${part.sha256 === null ? '' : ` (SHA-256 ${part.sha256})`}`).join('; '),
      portal: `${deps.publicUrl}/portal`,
    },
  });
}
