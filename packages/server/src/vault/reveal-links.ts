import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { loadEntry, loadLiveEntry, openEntry } from './entries.ts';
import type { Revealed, RevealLink, RevealLinkInput, SpendInput, VaultCtx } from './types.ts';

const TOKEN_BYTES = 32;
const SPENT_NEXT =
  'Ask the sender for a new link. If you never opened this one, tell them: the secret must be changed.';
const LIFE_MAX_MS = 30 * 24 * 60 * 60 * 1000;

interface LinkRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly entry_id: string;
  readonly for_whom: string;
}

interface EndedRow {
  readonly spent_at: Date | null;
  readonly withdrawn_at: Date | null;
  readonly expires_at: Date;
}

/** How a link stands. */
export interface RevealLinkState {
  readonly forWhom: string;
  readonly expiresAt: Date;
  readonly spentAt: Date | undefined;
  readonly spentBy: string | undefined;
  readonly withdrawnAt: Date | undefined;
}

/** The token is 256 random bits, so a plain hash is enough: there is nothing to guess. */
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Makes a link that shows an entry once (PSEC-08). Its token is answered here and nowhere again.
 *
 * @throws access.forbidden without `vault:reveal`; vault.not_found; request.invalid when it would live for no time or
 *   more than 30 days.
 */
export async function createRevealLink(ctx: VaultCtx, input: RevealLinkInput): Promise<RevealLink> {
  permit(ctx.actor, 'vault:reveal');
  const lifeMs = input.expiresAt.getTime() - ctx.now.getTime();
  if (!(lifeMs > 0 && lifeMs <= LIFE_MAX_MS)) {
    throw new TenantryError('request.invalid', 'A one-time link lives from a moment to 30 days.');
  }
  const entry = await loadEntry(ctx, input.ref, input.within);
  const linkId = randomUUID();
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await ctx.tx.query(
    `insert into reveal_links (id, tenant_id, entry_id, token_hash, for_whom, created_at, expires_at, idempotency_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [linkId, entry.tenant_id, entry.id, hashOf(token), input.forWhom, ctx.now, input.expiresAt, input.key ?? null],
  );
  await audit(ctx, 'vault.link_created', { id: linkId, tenant_id: entry.tenant_id, entry_id: entry.id }, input.forWhom);
  return { linkId, token, path: `/reveal#${token}` };
}

/**
 * Opens the entry of a link and uses the link up. One statement decides, so of two clicks one wins; if the entry then
 * cannot be opened, the transaction and the spending with it are undone. The token is the authority: no scope is asked.
 *
 * @throws vault.link_spent when it was used, has expired, was withdrawn or never existed.
 */
export async function spendRevealLink(ctx: VaultCtx, { token, openedBy }: SpendInput): Promise<Revealed> {
  const { rows } = await ctx.tx.query<LinkRow>(
    `update reveal_links set spent_at = $2, spent_by = $3
     where token_hash = $1 and spent_at is null and withdrawn_at is null and expires_at > $2
     returning id, tenant_id, entry_id, for_whom`,
    [hashOf(token), ctx.now, openedBy],
  );
  const link = rows[0];
  if (link === undefined) throw await spentError(ctx, token);
  const entry = await loadLiveEntry(ctx, link.entry_id);
  await audit(ctx, 'vault.link_opened', link, link.for_whom, openedBy);
  return { linkId: link.id, label: entry.label, ...openEntry(ctx, entry) };
}

export interface StandingLink {
  readonly linkId: string;
  readonly label: string;
  readonly expiresAt: Date;
}

/** The links that stand for somebody, newest first, without their tokens: for a page that knows who reads it. */
export async function listStandingLinks(ctx: VaultCtx, tenantId: string, forWhom: string): Promise<StandingLink[]> {
  const { rows } = await ctx.tx.query<{ id: string; label: string; expires_at: Date }>(
    `select link.id, entry.label, link.expires_at from reveal_links link join vault_entries entry on entry.id = link.entry_id
     where link.tenant_id = $1 and lower(link.for_whom) = lower($2) and link.spent_at is null
       and link.withdrawn_at is null and link.expires_at > $3 and entry.revoked_at is null
     order by link.created_at desc limit 100`,
    [tenantId, forWhom, ctx.now],
  );
  return rows.map(({ id, label, expires_at: expiresAt }) => ({ linkId: id, label, expiresAt }));
}

/**
 * `spendRevealLink` for somebody whose page has told who they are: being the one the link was made for is the authority,
 * in place of its token. The link is used up all the same, for its mail as well.
 *
 * @throws vault.link_spent; vault.not_found for a link of another tenant or for somebody else
 */
export async function spendRevealLinkFor(
  ctx: VaultCtx,
  { linkId, tenantId, forWhom }: { readonly linkId: string; readonly tenantId: string; readonly forWhom: string },
): Promise<Revealed> {
  const mine = 'id = $1 and tenant_id = $2 and lower(for_whom) = lower($3)';
  const { rows } = await ctx.tx.query<LinkRow>(
    `update reveal_links set spent_at = $4, spent_by = $5
     where ${mine} and spent_at is null and withdrawn_at is null and expires_at > $4
     returning id, tenant_id, entry_id, for_whom`,
    [linkId, tenantId, forWhom, ctx.now, forWhom],
  );
  const link = rows[0];
  if (link === undefined) {
    const { rows: ended } = await ctx.tx.query<EndedRow>(
      `select spent_at, withdrawn_at, expires_at from reveal_links where ${mine}`,
      [linkId, tenantId, forWhom],
    );
    if (ended[0] === undefined) throw new TenantryError('vault.not_found', 'There is no such secret for you.');
    throw new TenantryError('vault.link_spent', endOf(ended[0]), { next: SPENT_NEXT });
  }
  const entry = await loadLiveEntry(ctx, link.entry_id);
  await audit(ctx, 'vault.link_opened', link, link.for_whom, `${forWhom}, in the portal`);
  return { linkId: link.id, label: entry.label, ...openEntry(ctx, entry) };
}

/** Ends a link before it is used. Answers false when it had ended already. */
export async function withdrawRevealLink(ctx: VaultCtx, linkId: string): Promise<boolean> {
  permit(ctx.actor, 'vault:reveal');
  const { rows } = await ctx.tx.query<LinkRow>(
    `update reveal_links set withdrawn_at = $2
     where id = $1 and spent_at is null and withdrawn_at is null returning id, tenant_id, entry_id, for_whom`,
    [linkId, ctx.now],
  );
  const link = rows[0];
  if (link === undefined) return false;
  await audit(ctx, 'vault.link_withdrawn', link, link.for_whom);
  return true;
}

/** How a link stands, or undefined when there is none: who opened it and when, never its token. */
export async function findRevealLink(ctx: VaultCtx, linkId: string): Promise<RevealLinkState | undefined> {
  const { rows } = await ctx.tx.query<EndedRow & { for_whom: string; spent_by: string | null }>(
    'select for_whom, expires_at, spent_at, spent_by, withdrawn_at from reveal_links where id = $1',
    [linkId],
  );
  const row = rows[0];
  return row === undefined
    ? undefined
    : {
        forWhom: row.for_whom,
        expiresAt: row.expires_at,
        spentAt: row.spent_at ?? undefined,
        spentBy: row.spent_by ?? undefined,
        withdrawnAt: row.withdrawn_at ?? undefined,
      };
}

/** The standing link that was made under an idempotency key. */
export async function findLinkByKey(
  ctx: VaultCtx,
  key: string,
): Promise<{ readonly linkId: string; readonly forWhom: string; readonly expiresAt: Date } | undefined> {
  const { rows } = await ctx.tx.query<{ id: string; for_whom: string; expires_at: Date }>(
    'select id, for_whom, expires_at from reveal_links where idempotency_key = $1 and withdrawn_at is null',
    [key],
  );
  const row = rows[0];
  return row === undefined ? undefined : { linkId: row.id, forWhom: row.for_whom, expiresAt: row.expires_at };
}

/** Whoever holds the token may know what became of it: an early opening by somebody else is what they must learn. */
async function spentError(ctx: VaultCtx, token: string): Promise<TenantryError> {
  const { rows } = await ctx.tx.query<EndedRow>(
    'select spent_at, withdrawn_at, expires_at from reveal_links where token_hash = $1',
    [hashOf(token)],
  );
  return new TenantryError('vault.link_spent', endOf(rows[0]), {
    next: SPENT_NEXT,
  });
}

function endOf(row: EndedRow | undefined): string {
  if (row === undefined) return 'This one-time link is not valid.';
  if (row.spent_at !== null) return `This one-time link was opened at ${row.spent_at.toISOString()}.`;
  if (row.withdrawn_at !== null) return `This one-time link was withdrawn at ${row.withdrawn_at.toISOString()}.`;
  return `This one-time link expired at ${row.expires_at.toISOString()}.`;
}

const audit = (
  ctx: VaultCtx,
  action: string,
  link: Pick<LinkRow, 'id' | 'tenant_id' | 'entry_id'>,
  forWhom: string,
  openedBy?: string,
): Promise<void> =>
  recordAudit(ctx, {
    action,
    ...(link.tenant_id === null ? {} : { tenantId: link.tenant_id }),
    subject: { kind: 'reveal_link', id: link.id },
    detail: { entry: link.entry_id, forWhom, openedBy },
  });
