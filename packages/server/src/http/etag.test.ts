import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { etagOf, requireIfMatch } from './etag.ts';

const asking = (ifMatch?: string) => ({ headers: { 'if-match': ifMatch } }) as unknown as FastifyRequest;
const tag = etagOf({ name: 'acme', version: 3 });

describe('etagOf', () => {
  it('is the same for equal values in any order of members, and another for any other value', () => {
    expect(etagOf({ version: 3, name: 'acme' })).toBe(tag);
    expect(etagOf({ version: 4, name: 'acme' })).not.toBe(tag);
    expect(etagOf({ at: new Date(0) })).toBe(etagOf({ at: '1970-01-01T00:00:00.000Z' }));
    expect(tag).toMatch(/^"[\w-]{27}"$/);
  });
});

describe('requireIfMatch', () => {
  it.each([tag, `"other", ${tag}`, '*', ' * '])('lets %s pass', (header) => {
    expect(() => requireIfMatch(asking(header), tag)).not.toThrow();
  });

  it.each([`W/${tag}`, '"other"', '', tag.slice(1, -1)])('refuses %j as another version', (header) => {
    expect(() => requireIfMatch(asking(header), tag)).toThrow(
      expect.objectContaining({ code: 'request.precondition_failed', status: 412 }),
    );
  });

  it('asks for the header when it is missing', () => {
    expect(() => requireIfMatch(asking(), tag)).toThrow(
      expect.objectContaining({ code: 'request.precondition_required', status: 428 }),
    );
  });
});
