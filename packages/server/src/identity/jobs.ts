import { and, asc, eq, notExists, sql } from 'drizzle-orm';
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

/** Invites some of those who came by a list and have had no mail, and asks for another turn while there are more. */
async function inviteNext(deps: IdentityDeps, tenantId: string, now: Date): Promise<void> {
  await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, keyring: deps.keyring, actor: LOGIN, now };
    const mailed = tx.orm
      .select({ one: sql`1` })
      .from(userTokens)
      .where(
        and(eq(userTokens.tenantId, users.tenantId), eq(userTokens.userId, users.id), eq(userTokens.purpose, 'invite')),
      );
    const waiting = await tx.orm
      .select()
      .from(users)
      .where(and(eq(users.tenantId, tenantId), eq(users.status, 'invited'), notExists(mailed)))
      .orderBy(asc(users.id))
      .limit(INVITED_AT_ONCE)
      .for('update', { skipLocked: true });
    for (const user of waiting) await mailInvitation(ctx, deps, user);
    if (waiting.length === INVITED_AT_ONCE) await deps.enqueueJobs(tx, [inviteJob(tenantId)]);
  });
}

export const inviteJob = (tenantId: string) =>
  ({ task: 'identity.invite', payload: { tenant: tenantId } }) as const satisfies Parameters<
    IdentityDeps['enqueueJobs']
  >[1][number];
