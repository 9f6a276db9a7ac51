import { bug } from '@tenantry/contract';
import { actorId, actorLabel, type Ctx } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import { findTenant, loadClient } from '../../tenants/index.ts';
import { sealSecret } from '../../vault/index.ts';
import { inLanguage, type PortalLanguage, portalLanguage, timeText } from '../languages.ts';
import type { PortalDeps, PortalPerson } from '../portal-deps.ts';
import { newToken } from '../token.ts';

/** Whose portal: one tenant, seen by one person in certain roles. */
export interface LinkScope {
  readonly tenantId: string;
  readonly clientId: string;
  readonly productId: string | null;
  /** The run it was made from: where somebody who asks something is heard. */
  readonly runId: string;
  readonly person: PortalPerson;
  readonly roles: readonly string[];
}

export interface IssuedLink {
  readonly id: string;
  /** As good as being the person, until it is opened: it goes into a mail, or is shown once. */
  readonly url: Secret;
}

/** Where the landing page stands. The token is in the fragment: it reaches no log and no Referer. */
const urlOf = ({ publicUrl }: PortalDeps, token: Secret): Secret =>
  new Secret(`${publicUrl}/portal/open#${token.reveal()}`);

/** Makes a link and writes down that it was made. Who may ask for one is the caller's to say. */
export async function issueLink(
  ctx: Ctx,
  deps: PortalDeps,
  scope: LinkScope,
  { expiresAt }: { readonly expiresAt: Date },
): Promise<IssuedLink> {
  const { token, hash } = newToken('tpl_');
  const { actor } = ctx;
  const { rows } = await ctx.tx.query<{ id: string }>(
    `insert into portal_links (tenant_id, client_id, run_id, person_id, roles, token_hash, made_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [
      scope.tenantId,
      scope.clientId,
      scope.runId,
      scope.person.id,
      [...scope.roles],
      hash,
      JSON.stringify({ kind: actor.kind, id: actorId(actor), name: actorLabel(actor) }),
      ctx.now,
      expiresAt,
    ],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw bug('An INSERT … RETURNING gave no row.');
  await recordAudit(ctx, {
    action: 'portal.link_made',
    tenantId: scope.tenantId,
    runId: scope.runId,
    subject: { kind: 'portal_link', id, name: scope.person.email },
    detail: { roles: scope.roles, expiresAt: expiresAt.toISOString() },
  });
  return { id, url: urlOf(deps, token) };
}

export interface LetterWithLink {
  readonly template: 'portal-link' | 'portal-asked' | 'portal-answer' | 'portal-voided';
  readonly key: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** Issues a link and mails it, with what the mail has to say beside it. */
export async function mailLink(
  ctx: Ctx,
  deps: PortalDeps,
  scope: LinkScope,
  letter: LetterWithLink,
): Promise<IssuedLink> {
  const link = await issueLink(ctx, deps, scope, letter);
  const { keyring } = deps;
  const { ref } = await sealSecret(
    { ...ctx, keyring },
    {
      tenantId: scope.tenantId,
      kind: 'link',
      label: `Portal link ${link.id}`,
      secret: link.url,
      owner: { kind: 'user', id: scope.person.id },
      expiresAt: letter.expiresAt,
    },
  );
  await ctx.tx.query('update portal_links set link_ref = $2 where id = $1', [link.id, ref.$secret]);
  const stationery = await stationeryOf(ctx, deps, scope);
  await deps.sendMail(ctx, {
    tenantId: stationery.mailTenantId,
    to: scope.person.email,
    template: inLanguage(letter.template, stationery.language),
    key: letter.key,
    values: {
      ...stationery.values,
      ...letter.values,
      link: ref,
      expires: timeText(letter.expiresAt, stationery),
    },
  });
  return link;
}

export interface Stationery {
  /** Null while the tenant is not there yet: a mail then hangs on no tenant. */
  readonly mailTenantId: string | null;
  readonly language: PortalLanguage;
  readonly timeZone: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What every mail to somebody of a client wears. */
export async function stationeryOf(
  ctx: Ctx,
  deps: PortalDeps,
  { tenantId, clientId, productId, person }: Omit<LinkScope, 'roles' | 'runId'>,
): Promise<Stationery> {
  const client = await loadClient(ctx.tx, clientId);
  const tenant = await findTenant(ctx.tx, tenantId);
  const brand = await deps.brandOf(ctx.tx, { tenantId, productId });
  return {
    mailTenantId: tenant?.id ?? null,
    language: portalLanguage(client.language),
    timeZone: client.timeZone,
    values: {
      name: person.name,
      client: client.legalName,
      product: brand.product,
      support: brand.support ?? '',
      ...(brand.color === null ? {} : { brand_color: brand.color }),
    },
  };
}
