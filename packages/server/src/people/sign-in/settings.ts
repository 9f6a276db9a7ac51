import type { Ctx } from '../../access/index.ts';
import type { Secret, SecretRef } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import type { OperatorMails } from '../mails.ts';
import type { EmailRules, GroupRole } from './core/group-roles.ts';

/** The vendor's own OpenID Connect provider. */
export interface ProviderSettings extends EmailRules {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** What the button says, e.g. `Example Corp`. */
  readonly label: string;
  /** Scopes asked for; `openid email profile` unless told. */
  readonly scope?: string | undefined;
  /** Where the groups stand: `groups` unless told. */
  readonly groupsClaim?: string | undefined;
  /** Empty: roles are given by hand, and nobody is let in whom no owner invited. */
  readonly groupRoles: readonly GroupRole[];
}

/** Hashing of passwords, handed in: the domain of tenants' users owns it. */
export interface PasswordWork {
  hash(password: Secret): Promise<string>;
  /** For null it is never right, after the same work. */
  matches(hashed: string | null, password: Secret): Promise<boolean>;
  /** Why a new password cannot be used, or undefined. */
  fault(password: string, email: string): string | undefined;
}

/** Where the secrets of authenticator apps are kept, handed in: the vault. */
export interface OperatorSecrets {
  seal(ctx: Ctx, personId: string, secret: Secret): Promise<SecretRef>;
  open(ctx: Ctx, personId: string, ref: SecretRef): Promise<Secret>;
}

export interface SignInDeps {
  readonly database: Database;
  readonly now: () => Date;
  /** No slash at its end. */
  readonly publicUrl: string;
  /** Undefined: passwords only. */
  readonly provider: ProviderSettings | undefined;
  readonly passwords: PasswordWork;
  readonly secrets: OperatorSecrets;
  readonly mails: OperatorMails;
}

/** Where an attempt comes from. */
export interface Visitor {
  readonly address: string;
  readonly userAgent: string;
}
