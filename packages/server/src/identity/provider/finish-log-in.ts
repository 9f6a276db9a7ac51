import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Interaction } from 'oidc-provider';
import { cookieText, findBrowserSession } from './browser-session.ts';
import { ACR } from './create-provider.ts';
import type { IdentityProvider, ServedProvider } from './open-identity-provider.ts';
import { addCookie } from './page-requests.ts';
import { endProviderSession } from './records.ts';
import type { Progress } from './take-step.ts';

const SECOND_MS = 1_000;

/** What oidc-provider is told of an interaction, or where it stands; answers where to go on. */
export const keep = (
  served: ServedProvider,
  request: FastifyRequest,
  reply: FastifyReply,
  result: object,
): Promise<string> =>
  served.provider().interactionResult(request.raw, reply.raw, { ...result }, { mergeWithLastSubmission: false });

/**
 * The session, and back to the application. What this browser had before does not live on: the session of somebody
 * else ends, and what the same user entered hangs on the new session.
 */
export async function finish(
  idp: IdentityProvider,
  served: ServedProvider,
  interaction: Interaction,
  who: Progress,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const now = idp.now();
  const cookie = request.headers.cookie;
  const before = await findBrowserSession(served.users, idp.cookies, { cookie, address: request.ip, now });
  const { token, sessionId } = await served.users.createSession(
    {
      tenantId: who.tenantId,
      userId: who.userId,
      amr: who.amr,
      address: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
    },
    now,
  );
  if (before !== undefined) {
    if (before.user.id === who.userId) await moveLogIns(idp, before.id, sessionId);
    const { id, user } = before;
    await served.users.endSession({ tenantId: user.tenantId, userId: user.id, sessionId: id }, 'logged_out', now);
  }
  await forgetOtherAccount(idp, interaction, who.userId);
  addCookie(reply, cookieText(idp.cookies, idp.cookies.userCookie, token.reveal()));
  const acr = who.amr.includes('mfa') ? ACR.two : ACR.one;
  const login = {
    accountId: who.userId,
    amr: [...who.amr],
    acr,
    remember: false,
    ts: Math.floor(now.getTime() / SECOND_MS),
  };
  return reply.redirect(await keep(served, request, reply, { login }), 303);
}

const moveLogIns = (idp: IdentityProvider, from: string, to: string): Promise<unknown> =>
  idp.database.transaction('operator', (tx) =>
    tx.query('update oidc_log_ins set session_id = $2 where session_id = $1 and ended_at is null', [from, to]),
  );

/** oidc-provider would otherwise log the other account out with a script, which our pages do not run. */
async function forgetOtherAccount(idp: IdentityProvider, interaction: Interaction, userId: string): Promise<void> {
  const { session } = interaction;
  if (session?.accountId === undefined || session.accountId === userId) return;
  const { uid } = session;
  await idp.database.transaction('operator', async (tx) => {
    if (uid !== undefined) await endProviderSession(tx, uid);
  });
  delete interaction.session;
  await interaction.persist();
}
