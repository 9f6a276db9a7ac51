import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, eq, isNull, type SQL } from 'drizzle-orm';
import { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { revokeEntry, sealSecret, type VaultCtx } from '../vault/index.ts';
import { onBehalf } from './acting-user.ts';
import { findUser, type UserRow } from './load.ts';
import { hashToken, newToken } from './one-time-token.ts';
import { userTokens } from './tables.ts';

/** `email` makes a new address the user's; `object`, sent to the one before, takes that back. */
export type TokenPurpose = 'reset' | 'verify' | 'invite' | 'email' | 'object';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A reset is asked for by somebody who waits for it; the others come unasked. */
export const TOKEN_LIFE_MS: Readonly<Record<TokenPurpose, number>> = {
  reset: HOUR,
  verify: 48 * HOUR,
  invite: 14 * 24 * HOUR,
  email: 24 * HOUR,
  object: 7 * 24 * HOUR,
};

export interface MailedToken {
  readonly tokenId: string;
  /** The address of the page that spends it, sealed: a mail carries the reference until it is sent. */
  readonly link: { readonly $secret: string };
  readonly expiresAt: Date;
}

export interface TokenOptions {
  /** Where it is sent: the user's address unless given. */
  readonly email?: string;
  /** The session in whose name it is asked for. */
  readonly sessionId?: string;
  /** Those of the same purpose before it end, unless told to stay. */
  readonly keepEarlier?: boolean;
}

/** Makes a token and the link that carries it. */
export async function issueToken(
  ctx: VaultCtx,
  user: UserRow,
  purpose: TokenPurpose,
  linkOf: (token: string) => string,
  { email = user.email, sessionId, keepEarlier = false }: TokenOptions = {},
): Promise<MailedToken> {
  if (!keepEarlier) await withdrawTokens(ctx, user, purpose);
  const token = newToken();
  const tokenId = randomUUID();
  const expiresAt = new Date(ctx.now.getTime() + TOKEN_LIFE_MS[purpose]);
  const { ref } = await sealSecret(ctx, {
    tenantId: user.tenantId,
    label: `${purpose} link of user ${user.id}`,
    secret: new Secret(linkOf(token)),
    owner: { kind: 'user', id: user.id },
    expiresAt,
    kind: 'link',
  });
  await ctx.tx.orm.insert(userTokens).values({
    id: tokenId,
    tenantId: user.tenantId,
    userId: user.id,
    purpose,
    tokenHash: hashToken(token),
    email,
    sessionId,
    linkRef: ref.$secret,
    createdAt: ctx.now,
    expiresAt,
  });
  return { tokenId, link: ref, expiresAt };
}

/** Ends the live tokens of a user, or those of one purpose, and wipes their links. */
export async function withdrawTokens(
  ctx: VaultCtx,
  { tenantId, id }: Pick<UserRow, 'tenantId' | 'id'>,
  purpose?: TokenPurpose,
): Promise<void> {
  const withdrawn = await ctx.tx.orm
    .update(userTokens)
    .set({ withdrawnAt: ctx.now })
    .where(
      and(
        eq(userTokens.tenantId, tenantId),
        eq(userTokens.userId, id),
        isNull(userTokens.spentAt),
        isNull(userTokens.withdrawnAt),
        purpose === undefined ? undefined : eq(userTokens.purpose, purpose),
      ),
    )
    .returning({ linkRef: userTokens.linkRef });
  for (const { linkRef } of withdrawn) {
    if (linkRef !== null) await revokeEntry(onBehalf(ctx), { $secret: linkRef }, 'Its token ended.');
  }
}

/** Which tenant a token belongs to; undefined for a text that is no token. It may have ended. */
export async function findTokenTenant(database: Database, token: string): Promise<string | undefined> {
  return database.transaction('operator', async (tx) => {
    const [row] = await tx.orm
      .select({ tenantId: userTokens.tenantId })
      .from(userTokens)
      .where(eq(userTokens.tokenHash, hashToken(token)));
    return row?.tenantId;
  });
}

type TokenRow = typeof userTokens.$inferSelect;

export interface LiveToken {
  readonly row: TokenRow;
  readonly user: UserRow;
}

/** @throws user.token_refused */
async function loadLive(ctx: VaultCtx, tenantId: string, purpose: TokenPurpose, which: SQL): Promise<LiveToken> {
  const [row] = await ctx.tx.orm
    .select()
    .from(userTokens)
    .where(and(eq(userTokens.tenantId, tenantId), which));
  const alive =
    row !== undefined &&
    row.purpose === purpose &&
    row.spentAt === null &&
    row.withdrawnAt === null &&
    row.expiresAt > ctx.now;
  const user = alive ? await findUser(ctx.tx, tenantId, row.userId) : undefined;
  if (user === undefined || row === undefined) throw tokenRefused();
  return { row, user };
}

/** A live token by its id, for the job that mails it. @throws user.token_refused */
export const loadTokenById = (
  ctx: VaultCtx,
  tenantId: string,
  purpose: TokenPurpose,
  tokenId: string,
): Promise<LiveToken> => loadLive(ctx, tenantId, purpose, eq(userTokens.id, tokenId));

/** The user a live token stands for, without using it up: what is slow or may be refused comes before that. */
export async function peekToken(
  ctx: VaultCtx,
  tenantId: string,
  purpose: Exclude<TokenPurpose, 'email' | 'object'>,
  token: string,
): Promise<UserRow> {
  const { row, user } = await loadLive(ctx, tenantId, purpose, eq(userTokens.tokenHash, hashToken(token)));
  // Sent to an address that is theirs no more.
  if (user.email !== row.email) throw tokenRefused();
  return user;
}

/**
 * Uses a token up. One statement decides, so of two at once one wins; if what follows fails, the transaction and the
 * spending with it are undone.
 *
 * @throws user.token_refused
 */
export async function spendToken(
  ctx: VaultCtx,
  tenantId: string,
  purpose: Exclude<TokenPurpose, 'email' | 'object'>,
  token: string,
): Promise<UserRow> {
  const user = await peekToken(ctx, tenantId, purpose, token);
  await spend(ctx, tenantId, token);
  return user;
}

/** The same for a token of a change of address, which is sent to another address than the user's. */
export async function spendAddressToken(
  ctx: VaultCtx,
  tenantId: string,
  purpose: 'email' | 'object',
  token: string,
): Promise<LiveToken> {
  const live = await loadLive(ctx, tenantId, purpose, eq(userTokens.tokenHash, hashToken(token)));
  await spend(ctx, tenantId, token);
  return live;
}

async function spend(ctx: VaultCtx, tenantId: string, token: string): Promise<void> {
  const [spent] = await ctx.tx.orm
    .update(userTokens)
    .set({ spentAt: ctx.now })
    .where(
      and(
        eq(userTokens.tokenHash, hashToken(token)),
        eq(userTokens.tenantId, tenantId),
        isNull(userTokens.spentAt),
        isNull(userTokens.withdrawnAt),
      ),
    )
    .returning({ linkRef: userTokens.linkRef });
  if (spent === undefined) throw tokenRefused();
  if (spent.linkRef !== null) await revokeEntry(onBehalf(ctx), { $secret: spent.linkRef }, 'Its token was used.');
}

export const tokenRefused = (): TenantryError =>
  new TenantryError('user.token_refused', 'This link was used, has expired or was withdrawn.', {
    next: 'Ask for a new link and open the newest mail.',
  });
