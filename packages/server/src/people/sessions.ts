import { bug } from '@tenantry/contract';
import { and, eq, isNull } from 'drizzle-orm';
import type { Ctx } from '../access/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import { SESSION_MAX_MS } from './holders.ts';
import { operatorSessions } from './tables.ts';
import { newSessionToken } from './token-text.ts';

export interface NewSession {
  readonly personId: string;
  /** How they proved who they are (RFC 8176): `pwd` and `otp`, or `idp`. */
  readonly amr: readonly string[];
  readonly address: string;
  readonly userAgent: string;
}

/** Opens a browser session: an opaque cookie, of which only a hash is kept. */
export async function openSession(
  ctx: Pick<Ctx, 'tx' | 'now'>,
  session: NewSession,
): Promise<{ id: string; token: Secret }> {
  const { token, hash } = newSessionToken();
  const [row] = await ctx.tx.orm
    .insert(operatorSessions)
    .values({
      ...session,
      amr: [...session.amr],
      userAgent: session.userAgent.slice(0, 500),
      tokenHash: hash,
      createdAt: ctx.now,
      lastSeenAt: ctx.now,
      expiresAt: new Date(ctx.now.getTime() + SESSION_MAX_MS),
    })
    .returning({ id: operatorSessions.id });
  if (row === undefined) throw bug('An INSERT … RETURNING gave no row.');
  return { id: row.id, token };
}

/** Ends one session; every process refuses it within `STALE_MS`. */
export async function endSession({ tx, now }: Pick<Ctx, 'tx' | 'now'>, id: string, reason: string): Promise<void> {
  await tx.orm
    .update(operatorSessions)
    .set({ endedAt: now, endedReason: reason })
    .where(and(eq(operatorSessions.id, id), isNull(operatorSessions.endedAt)));
}

/** How many were ended. */
export async function endSessionsOf(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  personId: string,
  reason: string,
): Promise<number> {
  const { rowCount } = await tx.orm
    .update(operatorSessions)
    .set({ endedAt: now, endedReason: reason })
    .where(and(eq(operatorSessions.personId, personId), isNull(operatorSessions.endedAt)));
  return rowCount ?? 0;
}
