import { createHash } from 'node:crypto';
import { canonicalJson, TenantryError } from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';

const TAG_LENGTH = 27;

/**
 * A strong entity tag (RFC 9110, 8.8.3) of a row or of any JSON value: equal values have equal tags, whatever wrote
 * them. Leave out members that change without anybody's edit, such as a time of last use.
 */
export const etagOf = (row: unknown): string =>
  `"${createHash('sha256').update(canonicalJson(row)).digest('base64url').slice(0, TAG_LENGTH)}"`;

/**
 * Refuses a change made on sight of another version. Call it in the transaction that writes, on a row read
 * `for update`: else two callers can both pass.
 *
 * @throws request.precondition_required without If-Match, request.precondition_failed when it names another version
 */
export function requireIfMatch(request: FastifyRequest, etag: string): void {
  const header = request.headers['if-match'];
  if (header === undefined) {
    throw new TenantryError('request.precondition_required', 'The request has no If-Match header.', {
      next: 'Read the thing, and send the ETag of that answer as If-Match.',
    });
  }
  if (header.trim() === '*' || tagsIn(header).includes(etag)) return;
  throw new TenantryError('request.precondition_failed', 'Somebody changed this after you read it.', {
    next: 'Read it again and repeat the change on what it is now.',
    facts: { etag },
  });
}

/** Weak tags stay as they are and so never match: If-Match compares strongly (RFC 9110, 13.1.1). */
const tagsIn = (header: string): readonly string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? [];
