import type { Secret } from '../../connectors/kit/index.ts';
import type { LoginAnswer, LoginRequest, SessionEnd, UserSession } from '../authentication.ts';

/** A user of a tenant, named by both. */
export interface UserName {
  readonly tenantId: string;
  readonly userId: string;
}

export interface NewSession extends UserName {
  /** RFC 8176: `pwd`, `otp`, `mfa`. */
  readonly amr: readonly string[];
  readonly address: string;
  readonly userAgent: string;
}

export interface TotpEnrolment {
  /** `otpauth://…`, for the picture. */
  readonly uri: Secret;
  /** Base32, for typing. */
  readonly key: Secret;
}

/** What a one-time token of a mail leads to. */
export interface TokenFacts {
  readonly tenantId: string;
  readonly email: string;
}

/**
 * All that the log-in pages do with users. They decide nothing about passwords, second factors or sessions; this door
 * does, and the pages only show its answers.
 */
export interface UserDoor {
  logIn(request: LoginRequest): Promise<LoginAnswer>;
  /** As much work as a refused log-in, for a tenant that is not there. */
  refuseStranger(password: Secret): Promise<void>;
  /** @throws request.throttled */
  checkSecondFactor(
    user: UserName,
    attempt: { readonly code: string; readonly address: string },
    now: Date,
  ): Promise<{ readonly accepted: boolean; readonly hint?: string }>;
  /** Makes another key each time; it counts for nothing until a code of it was typed. */
  startTotp(user: UserName, now: Date): Promise<TotpEnrolment>;
  /** The recovery codes, once; undefined when the code is not right. */
  confirmTotp(user: UserName, code: string, now: Date): Promise<readonly Secret[] | undefined>;
  /** @throws user.login_refused, user.password_refused */
  changePassword(change: {
    readonly tenantId: string;
    readonly email: string;
    readonly current: Secret;
    readonly next: Secret;
    readonly now: Date;
  }): Promise<void>;
  /** The same for an address, or a tenant, that is not there. @throws request.throttled */
  requestPasswordReset(request: {
    readonly tenantId: string;
    readonly email: string;
    readonly address: string;
    readonly now: Date;
  }): Promise<void>;
  /** @throws user.token_refused, user.password_refused */
  resetPassword(token: string, password: Secret, now: Date): Promise<TokenFacts>;
  /** @throws user.token_refused */
  verifyEmail(token: string, now: Date): Promise<TokenFacts>;
  /** @throws user.token_refused */
  confirmEmail(token: string, now: Date): Promise<TokenFacts>;
  /** @throws user.token_refused */
  objectToEmail(token: string, now: Date): Promise<TokenFacts>;
  /** @throws user.token_refused, user.password_refused */
  acceptInvitation(token: string, password: Secret, now: Date): Promise<TokenFacts>;
  createSession(session: NewSession, now: Date): Promise<{ readonly token: Secret; readonly sessionId: string }>;
  /** A session whose tenant no longer takes this address is ended. */
  findSession(token: Secret, now: Date, address: string): Promise<UserSession | undefined>;
  endSession(session: UserName & { readonly sessionId: string }, reason: SessionEnd, now: Date): Promise<void>;
}
