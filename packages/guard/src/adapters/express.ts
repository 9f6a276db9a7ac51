/** `@tenantry/guard/express`: a middleware for Express 4 and 5. */
import type { Guard, Need } from '../create-guard.ts';
import { problemOf } from '../http-answer.ts';
import { needOf, type RequestOptions, type Ruling, rule } from './requests.ts';

interface RequestLike {
  readonly method: string;
}

interface ResponseLike {
  set(name: string, value: string): unknown;
  status(status: number): { send(body: string): unknown };
}

export interface ExpressGuardOptions<Request, Response> extends RequestOptions<Request> {
  /** Whether it reads or writes; by its method unless given. */
  readonly needOf?: (request: Request) => Need;
  /** Answers a refused request; problem+json unless given. */
  readonly refuse?: (ruling: Ruling, request: Request, response: Response) => unknown;
}

/**
 * Put it after what finds out whose request it is, and before every route of tenants.
 *
 * @example
 * app.use('/api', guardRequests(guard, { tenantOf: (request) => request.get('x-tenant') }));
 */
export function guardRequests<Request extends RequestLike, Response extends ResponseLike>(
  guard: Guard,
  options: ExpressGuardOptions<Request, Response>,
): (request: Request, response: Response, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      const ruling = await rule(guard, options, request, options.needOf?.(request) ?? needOf(request.method));
      if (ruling.ok) {
        for (const [name, value] of Object.entries(ruling.headers ?? {})) response.set(name, value);
        next();
      } else if (options.refuse !== undefined) {
        await options.refuse(ruling, request, response);
      } else {
        const { status, headers, body } = problemOf(ruling);
        for (const [name, value] of Object.entries(headers)) response.set(name, value);
        response.status(status).send(JSON.stringify(body));
      }
    } catch (error) {
      next(error);
    }
  };
}
