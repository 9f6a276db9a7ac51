import type { Ctx } from '../access/index.ts';
import type { Secret, SecretRef } from '../connectors/kit/index.ts';
import type { Keyring } from './keyring.ts';

/** What a vault verb is handed: `{ ...ctx, keyring }`. */
export interface VaultCtx extends Ctx {
  readonly keyring: Keyring;
}

/** Whom an entry was made for. */
export interface EntryOwner {
  readonly kind: 'run' | 'user' | 'connection' | 'system';
  readonly id: string;
}

export interface SealInput {
  /** null: the control plane's own. */
  readonly tenantId: string | null;
  /** Shown in lists and audit rows; never holds a secret. */
  readonly label: string;
  readonly secret: Secret;
  readonly owner: EntryOwner;
  /** After this time the entry cannot be opened. */
  readonly expiresAt?: Date;
  /** `link`: the address of a one-time link, which a message to people may hold. A plain secret unless given. */
  readonly kind?: 'secret' | 'link';
  /** Idempotency key: while an entry of this key lives, sealing again answers that entry and stores nothing. */
  readonly key?: string;
}

export interface Sealed {
  /** What stands for the secret everywhere else. */
  readonly ref: SecretRef;
  readonly entryId: string;
}

/** Which entries may be opened: those of this tenant or of this owner. */
export interface Reach {
  readonly tenantId?: string;
  readonly owner?: EntryOwner;
}

export interface OpenOptions {
  /** Why, in plain words; it stands in the audit row. */
  readonly purpose: string;
  /**
   * An entry outside it is answered as not found. A reference can come from a file somebody handed in, so a
   * run reaches its own entries only, unless its tenant or a connection is named here.
   */
  readonly within?: Reach;
}

/** Credentials as people hand them over: the six fields of PADM-07. */
export interface CredentialRecord {
  readonly organization: string;
  readonly username: string;
  readonly email: string;
  readonly password: Secret;
  readonly loginUrl: string;
  readonly adminUrl: string | undefined;
}

export interface RecordInput extends Omit<SealInput, 'secret' | 'kind'> {
  readonly record: CredentialRecord;
}

export interface RevealLinkInput {
  readonly ref: SecretRef;
  /** Name or address of the one who may open it; stands in audit rows. */
  readonly forWhom: string;
  readonly expiresAt: Date;
  /** Which entries may be shared, as for opening. */
  readonly within?: Reach;
  /** Idempotency key: a second link under it is refused while the first stands. */
  readonly key?: string;
}

export interface RevealLink {
  readonly linkId: string;
  /** 32 random bytes, base64url; stored as its SHA-256 only. */
  readonly token: string;
  /**
   * `/reveal#TOKEN`: the fragment never reaches a server log or a Referer. The page shows a button and posts the
   * token, so that a mail scanner that follows links does not spend it.
   */
  readonly path: string;
}

export interface SpendInput {
  readonly token: string;
  /** Who opened it as far as it is known, such as an address; kept with the link. */
  readonly openedBy: string;
}

/** What a one-time link shows, once. */
export interface Revealed {
  readonly linkId: string;
  readonly label: string;
  readonly secret: Secret;
  /** The other fields, where the entry is a credential record. */
  readonly record: CredentialRecord | undefined;
}
