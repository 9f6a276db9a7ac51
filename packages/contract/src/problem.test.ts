import { describe, expect, it } from 'vitest';
import { bug, ERROR_CODES, type ErrorCode, TenantryError } from './errors.ts';
import { errorFromProblem, problemOf, problemSchema } from './problem.ts';

const taken = new TenantryError('tenant.slug_taken', 'The slug "acme" belongs to another tenant.', {
  detail: 'unique_violation on tenants_slug_key',
  cause: new Error('driver text'),
  next: 'Choose another slug.',
  facts: { slug: 'acme' },
  faults: [{ path: 'tenant.slug', message: 'is taken', line: 3 }],
});

describe('problemOf', () => {
  it('tells the public part of an error and neither its private detail nor its cause', () => {
    const text = JSON.stringify(problemOf(taken, { requestId: 'req-1', baseUrl: 'https://tenantry.example' }));

    expect(JSON.parse(text)).toEqual({
      type: 'https://tenantry.example/errors/tenant.slug_taken',
      title: 'Another tenant uses this slug',
      status: 409,
      detail: 'The slug "acme" belongs to another tenant.',
      code: 'tenant.slug_taken',
      next: 'Choose another slug.',
      faults: [{ path: 'tenant.slug', message: 'is taken', line: 3 }],
      facts: { slug: 'acme' },
      request_id: 'req-1',
    });
  });

  it('gives every code of the list an answer that fits the published schema', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const problem = problemOf(new TenantryError(code, 'Something.'), { requestId: 'r' });
      expect(problemSchema.parse(problem)).toEqual(problem);
      expect(problem.type).toBe(`/errors/${code}`);
    }
  });
});

describe('errorFromProblem', () => {
  it('gives the caller of the API the error the server threw', () => {
    const problem = problemSchema.parse(JSON.parse(JSON.stringify(problemOf(taken, { requestId: 'req-1' }))));
    const error = errorFromProblem(problem, 2_000);

    expect(error).toBeInstanceOf(TenantryError);
    expect(error.code).toBe('tenant.slug_taken');
    expect(error.message).toBe(taken.message);
    expect(error.next).toBe(taken.next);
    expect(error.faults).toEqual(taken.faults);
    expect(error.facts).toEqual({ slug: 'acme', requestId: 'req-1' });
    expect(error.retry).toEqual({ afterMs: 2_000 });
  });

  it('keeps the name of a code that only a newer server knows', () => {
    const problem = { ...problemOf(bug('New.'), { requestId: 'r' }), code: 'moon.full' };
    const error = errorFromProblem(problem);

    expect(error.code).toBe('internal.bug');
    expect(error.facts).toMatchObject({ code: 'moon.full' });
  });

  it('does not take an inherited property name for a code', () => {
    const problem = { ...problemOf(bug('New.'), { requestId: 'r' }), code: 'constructor' };
    expect(errorFromProblem(problem).code).toBe('internal.bug');
  });
});
