import { systemActor } from '../access/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import type { IdentityDeps, LoginRequest, SessionEnd } from './authentication.ts';
import { changePassword } from './change-password.ts';
import type { User } from './load.ts';
import { logIn } from './log-in.ts';
import { acceptInvitation, type MailRequest, requestPasswordReset, resetPassword } from './reset-password.ts';
import { checkSecondFactor, confirmTotp, startTotp, type UserName } from './second-factor.ts';
import { createSession, endSession, findSession, type NewSession } from './sessions.ts';
import { verifyEmail } from './verify-email.ts';

const PAGES = systemActor('log-in pages');

const facts = ({ tenantId, email }: User) => ({ tenantId, email });

/** Log-in as the pages of the OIDC provider use it: everything bound to its dependencies. */
export const userDoor = (deps: IdentityDeps) => ({
  logIn: (request: LoginRequest) => logIn(deps, request),
  checkSecondFactor: (user: UserName, code: string, { now }: { address: string; now: Date }) =>
    checkSecondFactor(deps, { ...user, code, now }),
  startTotp: (user: UserName, now: Date) => startTotp(deps, { ...user, now }),
  confirmTotp: (user: UserName, code: string, now: Date) => confirmTotp(deps, { ...user, code, now }),
  changePassword: async (change: Parameters<typeof changePassword>[1]): Promise<void> => {
    await changePassword(deps, change);
  },
  requestPasswordReset: (request: MailRequest) => requestPasswordReset(deps, request),
  resetPassword: async (token: string, password: Secret, now: Date) =>
    facts(await resetPassword(deps, { token, password, now })),
  verifyEmail: async (token: string, now: Date) => facts(await verifyEmail(deps, { token, now })),
  acceptInvitation: async (token: string, password: Secret, now: Date) =>
    facts(await acceptInvitation(deps, { token, password, now })),
  createSession: (session: NewSession, now: Date) =>
    deps.database.transaction('operator', (tx) => createSession({ tx, actor: PAGES, now }, session)),
  findSession: (token: Secret, now: Date) => findSession(deps, token, now),
  endSession: async (session: UserName & { readonly sessionId: string }, reason: SessionEnd, now: Date): Promise<void> => {
    await deps.database.transaction('operator', (tx) =>
      endSession({ tx, actor: PAGES, now }, { ...session, reason }),
    );
  },
});
