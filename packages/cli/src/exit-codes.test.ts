import { readFileSync } from 'node:fs';
import { ERROR_CODES, type ErrorCode, TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf } from './exit-codes.ts';

const codeOf = (code: ErrorCode, retry?: { afterMs: number }): number =>
  exitCodeOf(new TenantryError(code, 'x', retry === undefined ? {} : { retry }));

describe('exitCodeOf', () => {
  it('tells what a caller can do about an error', () => {
    expect({
      input: codeOf('intake.invalid'),
      file: codeOf('file.unreadable'),
      slug: codeOf('tenant.slug_taken'),
      forbidden: codeOf('access.forbidden'),
      key: codeOf('access.unauthenticated'),
      run: codeOf('run.not_found'),
      database: codeOf('database.unavailable'),
      throttled: codeOf('request.throttled'),
      busy: codeOf('run.conflict', { afterMs: 1_000 }),
      bug: codeOf('internal.bug'),
      usage: codeOf('command.invalid'),
      nothing: codeOf('command.unreachable'),
    }).toEqual({
      input: 64,
      file: 64,
      slug: 65,
      forbidden: 65,
      key: 65,
      run: 66,
      database: 69,
      throttled: 75,
      busy: 75,
      bug: 70,
      usage: 2,
      nothing: 69,
    });
  });

  it('never ends a fault with success', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) expect(codeOf(code)).not.toBe(EXIT.ok);
  });

  it('has a line in the reference for each code, and none more', () => {
    const page = readFileSync(new URL('../../../docs/reference/exit-codes.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    expect(listed).toEqual(Object.values(EXIT));
  });
});
