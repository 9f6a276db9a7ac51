import { and, asc, eq, exists, notExists, sql } from 'drizzle-orm';
import type { Tx } from '../db/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import type { IdentityDeps, IdentityTask } from './authentication.ts';
import { sendEmailConfirmation } from './change-email.ts';
import { mailInvitation } from './invite-user.ts';
import { LOGIN } from './log-in.ts';
import { sendPasswordReset } from './reset-password.ts';
import { users, userTokens } from './tables.ts';
import { sendVerification } from './verify-email.ts';

type Handler = (payload: Readonly<Record<string, unknown>>) => Promise<void>;

const INVITED_AT_ONCE = 50;

/** Handlers of the jobs this folder puts on the queue. */
export const identityJobs = (deps: IdentityDeps, now: () => Date): Readonly<Record<IdentityTask, Handler>> => ({
  'identity.reset_password': ({ tenant, user }) => sendPasswordReset(deps, String(tenant), String(user), now()),
  'identity.verify_email': ({ tenant, user }) => sendVerification(deps, String(tenant), String(user), now()),
  'identity.confirm_email': ({ tenant, token }) => sendEmailConfirmation(deps, String(tenant), String(token), now()),
  'identity.invite': ({ tenant }) => inviteNext(deps, String(tenant), now()),
});

/** Invites some of those who have had no mail, and asks for another turn while there are more. */
async function inviteNext(deps: IdentityDeps, tenantId: string, now: Date): Promise<void> {
  await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring: deps.keyring, actor: LOGIN, now };
    const mailed = await mailWaiting(ctx, deps, tenantId, INVITED_AT_ONCE);
    if (mailed === INVITED_AT_ONCE) await deps.enqueueJobs(tx, [inviteJob(tenantId)]);
  });
}

/** Whether somebody was ever mailed a link: a condition on `users`. */
const invitations = (tx: Tx) =>
  tx.orm
    .select({ one: sql`1` })
    .from(userTokens)
    .where(
      and(eq(userTokens.tenantId, users.tenantId), eq(userTokens.userId, users.id), eq(userTokens.purpose, 'invite')),
    );

const isInvited = (tenantId: string) => and(eq(users.tenantId, tenantId), eq(users.status, 'invited'));
const isWaiting = (tx: Tx, tenantId: string) => and(isInvited(tenantId), notExists(invitations(tx)));

/** Mails up to `limit` of a tenant's users who were made without an invitation; how many. */
export async function mailWaiting(
  ctx: VaultCtx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  tenantId: string,
  limit: number,
): Promise<number> {
  const waiting = await ctx.tx.orm
    .select()
    .from(users)
    .where(isWaiting(ctx.tx, tenantId))
    .orderBy(asc(users.id))
    .limit(limit)
    .for('update', { skipLocked: true });
  for (const user of waiting) await mailInvitation(ctx, deps, user);
  return waiting.length;
}

export const countWaiting = async (tx: Tx, tenantId: string): Promise<number> =>
  tx.orm.$count(users, isWaiting(tx, tenantId));

export const countInvited = async (tx: Tx, tenantId: string): Promise<number> =>
  tx.orm.$count(users, and(isInvited(tenantId), exists(invitations(tx))));

export const inviteJob = (tenantId: string) =>
  ({ task: 'identity.invite', payload: { tenant: tenantId } }) as const satisfies Parameters<
    IdentityDeps['enqueueJobs']
  >[1][number];
