import { type CreatedPortalLinkView, TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import { type RunRecord, reachRun } from '../../runbooks/index.ts';
import { loadClient } from '../../tenants/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { issueLink, mailLink } from './issue-link.ts';
import { loadLinkView } from './list-links.ts';
import { rolesWith } from './newest-link.ts';
import { placeOf, refuseClients } from './place-of.ts';

export interface NewPortalLink {
  readonly runId: string;
  readonly role: string;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly days: number;
  readonly send: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Makes a link by which one person of the client gets into the portal of the run's tenant, and mails it unless told
 * otherwise.
 *
 * @throws run.not_found, access.forbidden; portal.person_refused when the role is none of the client's, or nobody is
 *   named for it
 */
export async function createPortalLink(
  ctx: Ctx,
  deps: PortalDeps,
  input: NewPortalLink,
): Promise<CreatedPortalLinkView> {
  permit(ctx.actor, 'runs:write');
  refuseClients(ctx, 'runs:write');
  const record = await reachRun(ctx, input.runId);
  const { tenantId, clientId, productId } = placeOf(record);
  permit(ctx.actor, 'runs:write', { productId, clientId, tenantId });
  const { email, name } = await whoIsMeant(ctx, record, clientId, input);
  const person = await deps.ensurePerson(ctx, { clientId, email, name, role: input.role });
  const roles = await rolesWith(ctx, { personId: person.id, tenantId }, input.role);
  const scope = { tenantId, clientId, productId, runId: record.id, person, roles };
  const expiresAt = new Date(ctx.now.getTime() + input.days * DAY_MS);
  if (!input.send) {
    const link = await issueLink(ctx, deps, scope, { expiresAt });
    return { ...(await loadLinkView(ctx, link.id)), url: link.url.reveal(), mailed_to: null };
  }
  const key = `portal-link:${record.id}/${person.id}/${ctx.now.toISOString()}`;
  const link = await mailLink(ctx, deps, scope, { template: 'portal-link', key, expiresAt });
  return { ...(await loadLinkView(ctx, link.id)), url: null, mailed_to: person.email };
}

async function whoIsMeant(
  ctx: Ctx,
  { runbook, meta }: RunRecord,
  clientId: string,
  { role, email: wanted, name }: NewPortalLink,
): Promise<{ readonly email: string; readonly name: string }> {
  if (runbook.roles[role]?.party !== 'client') {
    const roles = Object.entries(runbook.roles).flatMap(([id, { party }]) => (party === 'client' ? [id] : []));
    throw new TenantryError('portal.person_refused', `"${role}" is no role of the client in ${runbook.id}.`, {
      next: roles.length === 0 ? 'This runbook asks nothing of the client.' : `Use one of: ${roles.join(', ')}.`,
      facts: { roles },
    });
  }
  const email = wanted ?? meta.contacts[role];
  if (email === undefined) {
    throw new TenantryError('portal.person_refused', `The run names no e-mail address for ${role}.`, {
      next: 'Say whose link it is: --email ADDRESS.',
    });
  }
  const { contacts } = await loadClient(ctx.tx, clientId);
  const known = (contacts as readonly { email: string; name?: string }[]).find(
    (contact) => contact.email.toLowerCase() === email.toLowerCase(),
  );
  return { email, name: name ?? known?.name ?? email };
}
