/** What went wrong with a request, apart from the page: no part of it needs a browser. */
import type { Problem } from '@tenantry/contract';

/** The server refused or failed, in its own words; `offline` where it could not be asked at all. */
export class ApiFault extends Error {
  readonly code: string;
  readonly status: number;
  readonly next: string | undefined;
  readonly faults: Problem['faults'];
  readonly requestId: string | undefined;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = 'ApiFault';
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.next = problem.next;
    this.faults = problem.faults ?? [];
    this.requestId = problem.request_id;
  }
}

/** What a response says that is no success. */
export const faultOf = async (response: Response): Promise<ApiFault> =>
  new ApiFault(response.status, await problemIn(response));

const problemIn = async (response: Response): Promise<Partial<Problem>> =>
  ((await response.json().catch(() => ({}))) ?? {}) as Partial<Problem>;
