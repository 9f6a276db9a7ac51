/** Who may let the vendor's support into a tenant. */
import { TenantryError } from '@tenantry/contract';
import { CLIENT_ADMIN_ROLE, type Ctx, type PersonActor, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import { loadSupportedTenant, mustBePerson, type SupportedTenant } from './load.ts';

/** `client`: only the client's admin grants; `vendor`: an owner may too. */
export type SupportPolicy = 'client' | 'vendor';

export async function readPolicy(tx: Tx, tenantId: string): Promise<SupportPolicy> {
  const { rows } = await tx.query<{ granted_by: SupportPolicy }>(
    'select granted_by from support_policies where tenant_id = $1',
    [tenantId],
  );
  return rows[0]?.granted_by ?? 'vendor';
}

/** @throws tenant.not_found, access.forbidden */
export async function readSupportPolicy(ctx: Ctx, idOrSlug: string): Promise<SupportPolicy> {
  permit(ctx.actor, 'support:read');
  return readPolicy(ctx.tx, (await loadSupportedTenant(ctx, idOrSlug)).id);
}

export const isClientAdmin = (actor: PersonActor, { clientId }: Pick<SupportedTenant, 'clientId'>): boolean =>
  actor.party === 'client' && actor.clientId === clientId && actor.roles.includes(CLIENT_ADMIN_ROLE);

/** @throws access.support_refused for a person of the client who is not its admin, and for the vendor where the client decides */
export async function assertMayGrantSupport(
  { tx }: Pick<Ctx, 'tx'>,
  actor: PersonActor,
  tenant: Pick<SupportedTenant, 'id' | 'clientId'>,
): Promise<void> {
  if (isClientAdmin(actor, tenant)) return;
  if (actor.party === 'client')
    throw refused(`${actor.name} does not speak for the client.`, 'Ask the admin of the client.');
  if ((await readPolicy(tx, tenant.id)) === 'vendor') return;
  throw refused(
    'The client lets nobody but its own admin grant access to this tenant.',
    'Ask the admin of the client.',
  );
}

/**
 * Either side may take the decision away from the vendor; only the client's admin gives it back.
 *
 * @throws tenant.not_found, access.forbidden, access.support_refused
 */
export async function setSupportPolicy(
  ctx: Ctx,
  input: { readonly tenant: string; readonly grantedBy: SupportPolicy },
): Promise<void> {
  permit(ctx.actor, 'support:grant');
  const actor = mustBePerson(ctx.actor);
  const tenant = await loadSupportedTenant(ctx, input.tenant);
  const admin = isClientAdmin(actor, tenant);
  if (!admin && (actor.party === 'client' || input.grantedBy === 'vendor')) {
    throw refused('Only the admin of the client leaves this decision to the vendor.', 'Ask the admin of the client.');
  }
  const before = await readPolicy(ctx.tx, tenant.id);
  await ctx.tx.query(
    `insert into support_policies (tenant_id, granted_by) values ($1, $2)
     on conflict (tenant_id) do update set granted_by = excluded.granted_by`,
    [tenant.id, input.grantedBy],
  );
  await recordAudit(ctx, {
    action: 'support.policy_set',
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    detail: { from: before, to: input.grantedBy },
  });
}

export const refused = (message: string, next: string): TenantryError =>
  new TenantryError('access.support_refused', message, { next });
