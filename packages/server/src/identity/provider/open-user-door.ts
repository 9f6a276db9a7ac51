import { isTenantryError } from '@tenantry/contract';
import { actingUser } from '../acting-user.ts';
import type { IdentityDeps } from '../authentication.ts';
import { confirmEmailChange, objectToEmailChange } from '../change-email.ts';
import { changePassword } from '../change-password.ts';
import { findUser } from '../load.ts';
import { logIn } from '../log-in.ts';
import { acceptInvitation, requestPasswordReset, resetPassword } from '../reset-password.ts';
import { confirmTotp, startTotp, verifySecondFactor } from '../second-factor.ts';
import { createSession, endSession, findSession, SESSIONS } from '../sessions.ts';
import { verifyEmail } from '../verify-email.ts';
import type { UserDoor } from './user-door.ts';

/** The door to the users of this installation. */
export const openUserDoor = (deps: IdentityDeps): UserDoor => ({
  logIn: (request) => logIn(deps, request),
  refuseStranger: async (password) => {
    await deps.hasher.matches({ hashed: null, password, importedCost: undefined });
  },
  checkSecondFactor: ({ tenantId, userId }, attempt, now) =>
    verifySecondFactor(deps, { tenantId, userId, ...attempt, now }),
  startTotp: ({ tenantId, userId }, now) => startTotp(deps, { tenantId, userId, now }),
  confirmTotp: ({ tenantId, userId }, code, now) => confirmTotp(deps, { tenantId, userId, code, now }),
  changePassword: async (change) => {
    await changePassword(deps, change);
  },
  requestPasswordReset: (request) => requestPasswordReset(deps, request).catch(ignoreUnknownTenant),
  resetPassword: (token, password, now) => resetPassword(deps, { token, password, now }),
  verifyEmail: (token, now) => verifyEmail(deps, { token, now }),
  confirmEmail: (token, now) => confirmEmailChange(deps, { token, now }),
  objectToEmail: (token, now) => objectToEmailChange(deps, { token, now }),
  acceptInvitation: (token, password, now) => acceptInvitation(deps, { token, password, now }),
  createSession: (session, now) =>
    deps.database.tenantTransaction(session.tenantId, (tx) => createSession({ tx, actor: SESSIONS, now }, session)),
  findSession: (token, now, address) => findSession(deps, token, now, { address }),
  endSession: async ({ tenantId, userId, sessionId }, reason, now) => {
    await deps.database.tenantTransaction(tenantId, async (tx) => {
      const user = await findUser(tx, tenantId, userId);
      if (user === undefined) return;
      await endSession({ tx, actor: actingUser(user), now }, { tenantId, userId, sessionId, reason });
    });
  },
});

function ignoreUnknownTenant(error: unknown): void {
  if (!isTenantryError(error) || error.code !== 'tenant.not_found') throw error;
}
