import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, eq, isNull } from 'drizzle-orm';
import { Secret } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { revokeEntry, sealSecret, type VaultCtx } from '../vault/index.ts';
import { onBehalf } from './acting-user.ts';
import { findUser, type UserRow } from './load.ts';
import { hashToken, newToken } from './one-time-token.ts';
import { userTokens } from './tables.ts';

export type TokenPurpose = 'reset' | 'verify' | 'invite';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A reset is asked for by somebody who waits for it; the others come unasked. */
export const TOKEN_LIFE_MS: Readonly<Record<TokenPurpose, number>> = {
  reset: HOUR,
  verify: 48 * HOUR,
  invite: 14 * 24 * HOUR,
};

export interface MailedToken {
  readonly tokenId: string;
  /** The address of the page that spends it, sealed: a mail carries the reference until it is sent. */
  readonly link: { readonly $secret: string };
  readonly expiresAt: Date;
}

/** Makes a token and the link that carries it; those of the same purpose before it end. */
export async function issueToken(
  ctx: VaultCtx,
  user: UserRow,
  purpose: TokenPurpose,
  linkOf: (token: string) => string,
): Promise<MailedToken> {
  await withdrawTokens(ctx, user, purpose);
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
    email: user.email,
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

/** The user a live token stands for, without using it up: what is slow or may be refused comes before that. */
export async function peekToken(
  ctx: VaultCtx,
  tenantId: string,
  purpose: TokenPurpose,
  token: string,
): Promise<UserRow> {
  const [row] = await ctx.tx.orm
    .select()
    .from(userTokens)
    .where(and(eq(userTokens.tenantId, tenantId), eq(userTokens.tokenHash, hashToken(token))));
  const alive =
    row !== undefined &&
    row.purpose === purpose &&
    row.spentAt === null &&
    row.withdrawnAt === null &&
    row.expiresAt > ctx.now;
  const user = alive ? await findUser(ctx.tx, tenantId, row.userId) : undefined;
  if (user === undefined || user.email !== row?.email) throw tokenRefused();
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
  purpose: TokenPurpose,
  token: string,
): Promise<UserRow> {
  const user = await peekToken(ctx, tenantId, purpose, token);
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
  return user;
}

export const tokenRefused = (): TenantryError =>
  new TenantryError('user.token_refused', 'This link was used, has expired or was withdrawn.', {
    next: 'Ask for a new link and open the newest mail.',
  });
