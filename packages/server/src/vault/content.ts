import { bug, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { Secret } from '../connectors/kit/index.ts';
import type { CredentialRecord } from './types.ts';

/** A `link` is the address of a one-time link: a secret that may be sent to people. */
export type EntryKind = 'secret' | 'link' | 'record';

/** What an entry holds, opened. `secret` is the password where it is a record. */
export interface EntryContent {
  readonly secret: Secret;
  readonly record: CredentialRecord | undefined;
}

/** Certificates with their chain fit; documents do not belong here. */
const PLAIN_BYTES_MAX = 64 * 1024;

const storedRecord = z.object({
  organization: z.string(),
  username: z.string(),
  email: z.string(),
  password: z.string(),
  login_url: z.string(),
  admin_url: z.string().nullable(),
});

/**
 * The bytes that are sealed. All six fields of a record are: user names and addresses are personal data, and go
 * unreadable with the tenant's key like the password.
 *
 * @throws request.invalid when there is nothing to seal, or more than 64 KiB.
 */
export function toBytes({ secret, record }: EntryContent): Buffer {
  const text = record === undefined ? secret.reveal() : recordText(record);
  const bytes = Buffer.from(text, 'utf8');
  if (secret.reveal() === '') {
    throw new TenantryError('request.invalid', 'The secret is empty: there is nothing to seal.');
  }
  if (bytes.length > PLAIN_BYTES_MAX) {
    throw new TenantryError(
      'request.invalid',
      `The secret has ${bytes.length} bytes; the vault takes ${PLAIN_BYTES_MAX}.`,
    );
  }
  return bytes;
}

const recordText = (record: CredentialRecord): string =>
  JSON.stringify({
    organization: record.organization,
    username: record.username,
    email: record.email,
    password: record.password.reveal(),
    login_url: record.loginUrl,
    admin_url: record.adminUrl ?? null,
  });

export function fromBytes(kind: EntryKind, bytes: Buffer): EntryContent {
  const text = bytes.toString('utf8');
  if (kind !== 'record') return { secret: new Secret(text), record: undefined };
  // The bytes were authenticated, so anything unexpected in them was written by us. Nothing of them goes into the error.
  const parsed = storedRecord.safeParse(parseJson(text));
  if (!parsed.success) throw bug('A credential record in the vault does not have its six fields.');
  const { organization, username, email, password, login_url, admin_url } = parsed.data;
  const secret = new Secret(password);
  return {
    secret,
    record: { organization, username, email, password: secret, loginUrl: login_url, adminUrl: admin_url ?? undefined },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
