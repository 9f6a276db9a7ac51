import { TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { countsIn, loadRunbook, type Mode, type PublishedRunbook } from './load-runbook.ts';

/**
 * One person approves one version in one role (RUN-35, ROLE-12). The approval is bound to the hash; seeded
 * identities leave a development approval, which counts nowhere else.
 *
 * Whoever published a version approves it in no role, except in development, where there are two people at most.
 *
 * @throws runbook.not_found, access.forbidden, run.own_work
 */
export async function approveRunbook(
  ctx: Ctx,
  input: { readonly id: string; readonly version: string; readonly role: string },
): Promise<void> {
  permit(ctx.actor, 'runbooks:write');
  const { actor } = ctx;
  if (actor.kind !== 'person' || !actor.roles.includes(input.role)) {
    throw new TenantryError('access.forbidden', `Only a person in the role ${input.role} can give this approval.`);
  }
  const runbook = await loadRunbook(ctx.tx, input.id, input.version);
  if (!actor.development) await refuseOwnWork(ctx, actor.id, input);
  await ctx.tx.query(
    `insert into runbook_approvals (runbook_id, version, hash, role, person_id, person_name, development, approved_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [input.id, input.version, runbook.hash, input.role, actor.id, actor.name, actor.development, ctx.now],
  );
  await recordAudit(ctx, {
    action: actor.development ? 'runbook.development_approved' : 'runbook.approved',
    subject: { kind: 'runbook', id: `${input.id}@${input.version}`, name: runbook.definition.title },
    detail: { role: input.role, hash: runbook.hash },
  });
}

async function refuseOwnWork(
  { tx }: Ctx,
  personId: string,
  { id, version }: { readonly id: string; readonly version: string },
): Promise<void> {
  const { rowCount } = await tx.query(
    `select from runbook_versions where runbook_id = $1 and version = $2 and published_by ->> 'id' = $3`,
    [id, version, personId],
  );
  if (rowCount === 0) return;
  throw new TenantryError('run.own_work', `You published ${id} ${version}, so somebody else approves it.`, {
    next: 'Ask another person in that role.',
  });
}

/**
 * Refuses a version that lacks an approval it asks for. Development approvals count in development only.
 *
 * @throws runbook.not_approved
 */
export async function requireApprovals(ctx: Ctx, runbook: PublishedRunbook, mode: Mode): Promise<void> {
  const { definition, hash } = runbook;
  const { rows } = await ctx.tx.query<{ role: string; development: boolean }>(
    'select role, development from runbook_approvals where runbook_id = $1 and version = $2 and hash = $3',
    [definition.id, definition.version, hash],
  );
  const given = new Set(rows.filter((row) => countsIn(mode, row)).map((row) => row.role));
  const missing = definition.about.approvers.filter((role) => !given.has(role));
  if (missing.length === 0) return;
  throw new TenantryError(
    'runbook.not_approved',
    `${definition.id} ${definition.version} is not approved by ${missing.join(', ')}.`,
    {
      next: 'Ask the people in these roles to approve this version; development approvals count in development only.',
      facts: { missing, hash },
    },
  );
}
