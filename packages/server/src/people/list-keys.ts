import { and, asc, eq, gt, or } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { loadPerson } from './load.ts';
import { apiKeys } from './tables.ts';

/** A key as lists show it: never the key, never its hash. */
export interface KeySummary {
  readonly id: string;
  readonly name: string;
  /** The key starts `tnt_<prefix>_`. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Up to a minute late. */
  readonly lastUsedAt: Date | null;
}

export interface KeyListRequest {
  readonly personId: string;
  /** The last key of the page before. */
  readonly after?: { readonly createdAt: Date; readonly id: string } | undefined;
  /** All unless told. */
  readonly limit?: number | undefined;
}

/**
 * The keys of a person, oldest first, the ended ones too. One's own need no scope.
 *
 * @throws access.forbidden, access.person_not_found
 */
export async function listKeys(ctx: Ctx, { personId, after, limit }: KeyListRequest): Promise<readonly KeySummary[]> {
  if (!(ctx.actor.kind === 'person' && ctx.actor.id === personId)) permit(ctx.actor, 'keys:write');
  await loadPerson(ctx, personId);
  const later =
    after === undefined
      ? undefined
      : or(
          gt(apiKeys.createdAt, after.createdAt),
          and(eq(apiKeys.createdAt, after.createdAt), gt(apiKeys.id, after.id)),
        );
  const rows = ctx.tx.orm
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      prefix: apiKeys.prefix,
      scopes: apiKeys.scopes,
      createdAt: apiKeys.createdAt,
      expiresAt: apiKeys.expiresAt,
      revokedAt: apiKeys.revokedAt,
      lastUsedAt: apiKeys.lastUsedAt,
    })
    .from(apiKeys)
    .where(and(eq(apiKeys.personId, personId), later))
    .orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));
  return limit === undefined ? rows : rows.limit(limit);
}
