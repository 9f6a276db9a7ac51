import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const TENANT_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * What the cookie holds: the tenant's id, so that the session can be looked up inside the tenant's own context, and
 * 256 random bits. The database keeps only a hash; a token with another tenant's id in front matches none.
 */
export function newToken(tenantId: string): string {
  return Buffer.concat([Buffer.from(tenantId.replaceAll('-', ''), 'hex'), randomBytes(SECRET_BYTES)]).toString(
    'base64url',
  );
}

/** The tenant a token claims, or undefined when it is no token of ours. */
export function tenantOfToken(token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== TENANT_BYTES + SECRET_BYTES || bytes.toString('base64url') !== token) return undefined;
  const hex = bytes.toString('hex', 0, TENANT_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A plain hash is enough: the token is random, so there is nothing to guess. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Bound to the cookie's secret without telling it; needs no place in the database. */
export const csrfTokenOf = (secret: string): string => createHmac('sha256', secret).update('csrf').digest('base64url');

export function isCsrfTokenOf(secret: string, given: string): boolean {
  const expected = Buffer.from(csrfTokenOf(secret));
  const actual = Buffer.from(given);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
