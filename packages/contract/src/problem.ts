import { z } from 'zod';
import { bug, ERROR_CODES, type ErrorCode, errorPage, type Fault, TenantryError } from './errors.ts';

/** Content type of every error answer (RFC 9457). */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

const faultSchema = z.object({
  path: z.string().describe('The field, in words: `body.contacts[0].email`'),
  message: z.string(),
  fix: z.string().optional().describe('What to write instead'),
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
});

/** The one shape of every error answer (RFC 9457); `code` is the member to switch on. */
export const problemSchema = z
  .object({
    type: z.string().describe('Address of the page of this code'),
    title: z.string().describe('The code in one line of plain words'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('What happened, and where'),
    code: z.string().describe('Stable: `domain.reason`'),
    next: z.string().optional().describe('What to do about it'),
    faults: z.array(faultSchema).describe('One entry for each fault in what was sent'),
    facts: z.record(z.string(), z.unknown()).describe('Values named in the detail, for programs'),
    request_id: z.string().describe('Also in the header X-Request-Id and in the log'),
  })
  .meta({ id: 'Problem', description: 'An error answer (RFC 9457)' });

export type Problem = z.infer<typeof problemSchema>;

export interface ProblemPlace {
  /** Id of the request that failed. */
  readonly requestId: string;
  /** Address before the page's path, without a slash at its end; empty gives a relative reference. */
  readonly baseUrl?: string;
}

/** What a caller is told about an error: everything public and nothing else (no `detail` of the error, no cause). */
export function problemOf(error: TenantryError, place: ProblemPlace): Problem {
  return {
    type: `${place.baseUrl ?? ''}/${errorPage(error.code)}`,
    title: ERROR_CODES[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(error.next === undefined ? {} : { next: error.next }),
    faults: error.faults.map((fault) => ({ ...fault })),
    facts: { ...error.facts },
    request_id: place.requestId,
  };
}

/**
 * The error a problem answer stands for, for callers of the API. A code this release does not know (a newer server)
 * becomes `internal.bug` with the code in its facts.
 */
export function errorFromProblem(problem: Problem, retryAfterMs?: number): TenantryError {
  const options = {
    facts: { ...problem.facts, requestId: problem.request_id },
    faults: problem.faults.map(faultOf),
    ...(problem.next === undefined ? {} : { next: problem.next }),
    ...(retryAfterMs === undefined ? {} : { retry: { afterMs: retryAfterMs } }),
  };
  if (isErrorCode(problem.code)) return new TenantryError(problem.code, problem.detail, options);
  return bug(problem.detail, { ...options, facts: { ...options.facts, code: problem.code } });
}

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERROR_CODES, text);

/** Zod gives absent members as `undefined`; a fault has them or has not. */
const faultOf = ({ path, message, fix, line, column }: Problem['faults'][number]): Fault => ({
  path,
  message,
  ...(fix === undefined ? {} : { fix }),
  ...(line === undefined ? {} : { line }),
  ...(column === undefined ? {} : { column }),
});
