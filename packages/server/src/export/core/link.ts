/** Links to an archive: signed for one export of one tenant, for a time, for one kind of reader, until withdrawn. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** `tenant`: given to somebody of the tenant, and as open as the tenant is. `vendor`: given to an operator. */
export type LinkReader = 'tenant' | 'vendor';

export interface LinkFacts {
  readonly exportId: string;
  readonly tenantId: string;
  /** Counts up when links are withdrawn. */
  readonly round: number;
  readonly reader: LinkReader;
  /** Unix time in seconds. */
  readonly expires: number;
}

export function signLink(key: Buffer, { exportId, tenantId, round, reader, expires }: LinkFacts): string {
  const text = JSON.stringify(['tenantry/export-link/v1', exportId, tenantId, round, reader, expires]);
  return createHmac('sha256', key).update(text).digest('base64url');
}

export function isSigned(key: Buffer, facts: LinkFacts, signature: string): boolean {
  const [wanted, given] = [Buffer.from(signLink(key, facts)), Buffer.from(signature)];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
