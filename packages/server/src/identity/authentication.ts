/**
 * What log-in is made of, in types: the door between the users of tenants and whatever shows them a page or a token.
 * Nothing here runs.
 */
import type { Ctx } from '../access/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import type { Keyring } from '../vault/index.ts';
import type { PasswordHasher } from './hash-password.ts';

/** What the verbs of log-in work with; made once, by the composition root. */
export interface IdentityDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly hasher: PasswordHasher;
  readonly enqueueMail: EnqueueMail;
  readonly enqueueJobs: EnqueueJobs;
  readonly links: AccountLinks;
}

/** Writes a mail into the outbox in the caller's transaction. The same key again writes nothing. */
export type EnqueueMail = (ctx: Ctx, mail: OutgoingMail) => Promise<void>;

/** Puts work on the queue when the transaction commits; `identityJobs` does it. */
export type EnqueueJobs = (tx: Tx, jobs: readonly IdentityJob[]) => Promise<void>;

export interface IdentityJob {
  readonly task: IdentityTask;
  readonly payload: Readonly<Record<string, string>>;
  readonly key?: string;
}

export type IdentityTask =
  | 'identity.reset_password'
  | 'identity.verify_email'
  | 'identity.confirm_email'
  | 'identity.invite';

export interface OutgoingMail {
  readonly tenantId: string;
  readonly to: string;
  /** Name of a template of the outbox. */
  readonly template:
    | 'verify-email'
    | 'welcome'
    | 'reset-password'
    | 'invitation'
    | 'password-changed'
    | 'recovery-codes-renewed'
    | 'confirm-email'
    | 'email-change-asked'
    | 'email-changed'
    | 'tenant-suspended'
    | 'tenant-reinstated'
    | 'tenant-plan-changed'
    | 'trial-ending'
    | 'inactivity-warning'
    | 'offboarding-notice'
    | 'offboarding-reminder'
    | 'offboarding-cancelled'
    | 'tenant-offboarded'
    | 'payment-overdue'
    | 'usage-limit'
    | 'plan-request-declined'
    | 'export-ready';
  /** Texts, and vault references of kind `link` that are opened when the mail is sent. */
  readonly values: Readonly<Record<string, string | { readonly $secret: string }>>;
  readonly key: string;
}

/** Absolute addresses of the pages that spend the one-time tokens of mails. */
export interface AccountLinks {
  resetPassword(token: string): string;
  verifyEmail(token: string): string;
  acceptInvitation(token: string): string;
  confirmEmail(token: string): string;
  objectToEmail(token: string): string;
  /** Where a user of the tenant logs in. */
  logIn(tenantSlug: string): string;
  /** Where an administrator takes everything of their tenant along. */
  takeExport(): string;
}

export interface LoginRequest {
  readonly tenantId: string;
  readonly email: string;
  readonly password: Secret;
  /** IP address of the one who tries. */
  readonly address: string;
  readonly now: Date;
}

export type LoginStep = 'none' | 'change_password' | 'second_factor' | 'enroll_second_factor';

/**
 * `credentials` stands for an unknown user, a wrong password, an address that is not verified and a disabled user:
 * people are shown one text for all of them. `tenant_closed` and `address` are told after the right password only.
 */
export type LoginRefusal = 'credentials' | 'throttled' | 'tenant_closed' | 'address';

export type LoginAnswer =
  | { readonly outcome: 'accepted'; readonly user: SessionUser; readonly next: LoginStep }
  | { readonly outcome: 'refused'; readonly reason: LoginRefusal; readonly retryAfterMs?: number };

/** A user as a session shows them. */
export interface SessionUser {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly fullName: string;
  /** A role key of the product. */
  readonly role: string;
  readonly emailVerified: boolean;
  readonly mustChangePassword: boolean;
}

/** `browser`: a cookie, idle and absolute by policy. `token`: behind access and refresh tokens. */
export type SessionKind = 'browser' | 'token';

export interface UserSession {
  readonly id: string;
  readonly kind: SessionKind;
  readonly user: SessionUser;
  /** RFC 8176: `pwd`, `otp`, `mfa`. */
  readonly amr: readonly string[];
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** When it ends unless it is used before, and at the latest. */
  readonly idleEndsAt: Date;
  readonly endsAt: Date;
}

export type SessionEnd =
  | 'logged_out'
  | 'revoked'
  | 'idle'
  | 'absolute'
  | 'password_changed'
  | 'email_changed'
  | 'second_factor_reset'
  | 'refresh_reused'
  | 'user_disabled'
  | 'user_deleted'
  | 'role_changed'
  | 'policy_changed'
  | 'tenant_closed'
  | 'address_not_allowed';

export interface EndedSession {
  readonly sessionId: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly reason: SessionEnd;
}

/** Called in the transaction that ends the session, so that what it enqueues is there exactly when the end is. */
export type SessionEndedListener = (ctx: Ctx, ended: EndedSession) => Promise<void>;

/** What a tenant asks of its users' log-ins. Times in milliseconds (CH-10). */
export interface TenantPolicy {
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly accessTokenMs: number;
  readonly refreshMs: number;
  readonly mfaRequired: boolean;
  /** CIDR ranges; empty lets every address in. */
  readonly ipAllow: readonly string[];
  /** False where the tenant logs in by other means only: then resets are off as well. */
  readonly passwordsEnabled: boolean;
}

/** Claims of an access token. Times are seconds since 1970 (RFC 7519). */
export interface AccessClaims {
  /** uuid of the user. */
  readonly sub: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly role: string;
  /** uuid of the session. */
  readonly sid: string;
  readonly amr: readonly string[];
  readonly iat: number;
  readonly exp: number;
}

/** Signs and checks access tokens; handed in by the composition root. */
export interface AccessTokens {
  issue(claims: AccessClaims): Promise<string>;
  /** Undefined for any text that is no token of ours or has expired at `now`. */
  verify(text: string, now: Date): Promise<AccessClaims | undefined>;
}
