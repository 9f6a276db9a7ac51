import type { Ctx } from '../access/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import type { Person } from './tables.ts';

export interface OperatorMail {
  readonly person: Pick<Person, 'id' | 'name' | 'email'>;
  readonly template: 'operator-invitation' | 'operator-recovery-codes' | 'operator-email-changed';
  /** The same key again sends nothing. */
  readonly key: string;
  /** What the template shows beside the person. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where the mail leads: sealed until it is sent. */
  readonly link?: { readonly url: Secret; readonly expiresAt: Date };
}

/** Mails to people of the vendor, handed in: the outbox writes them, and they wait there while no server takes them. */
export interface OperatorMails {
  /** In the caller's transaction. Gives the reference of the link, where there is one. */
  send(ctx: Ctx, mail: OperatorMail): Promise<string | null>;
  /** A mail that waits with this link is not sent any more. */
  withdraw(ctx: Ctx, linkRef: string): Promise<void>;
}

/** What inviting needs. */
export interface InvitationDeps {
  /** No slash at its end. */
  readonly publicUrl: string;
  readonly mails: OperatorMails;
}
