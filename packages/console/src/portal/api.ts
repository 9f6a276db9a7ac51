/** One request to the portal's API, with the session cookie that the browser adds by itself. */
import type { Problem } from '@tenantry/contract';

/** The server refused or failed, in its own words; status 0 where it could not be asked at all. */
export class PortalFault extends Error {
  readonly code: string;
  readonly status: number;
  readonly next: string | undefined;
  readonly faults: readonly { readonly path: string; readonly message: string }[];
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? '');
    this.name = 'PortalFault';
    this.status = status;
    this.code = problem.code ?? (status === 0 ? 'offline' : 'unknown');
    this.next = problem.next;
    this.faults = problem.faults ?? [];
    this.facts = problem.facts ?? {};
  }
}

/** The page lies at `…/portal/`, its API below it. */
const addressOf = (path: string): URL => new URL(`api${path}`, document.baseURI);

interface Sending {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: object;
  readonly file?: Blob;
}

async function send<Answer>(path: string, { method, body, file }: Sending): Promise<Answer> {
  const type = file === undefined ? 'application/json' : 'application/octet-stream';
  const content = file ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(addressOf(path), {
    method,
    credentials: 'same-origin',
    ...(content === undefined ? {} : { body: content, headers: { 'content-type': type } }),
  }).catch(() => {
    throw new PortalFault(0, {});
  });
  if (!response.ok) throw new PortalFault(response.status, await problemIn(response));
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

const problemIn = async (response: Response): Promise<Partial<Problem>> =>
  ((await response.json().catch(() => ({}))) ?? {}) as Partial<Problem>;

export const get = <Answer>(path: string): Promise<Answer> => send(path, { method: 'GET' });
export const post = <Answer>(path: string, body: object = {}): Promise<Answer> => send(path, { method: 'POST', body });
export const put = <Answer>(path: string, body: object): Promise<Answer> => send(path, { method: 'PUT', body });
export const remove = (path: string): Promise<void> => send(path, { method: 'DELETE' });

export const upload = <Answer>(path: string, field: string, file: File): Promise<Answer> =>
  send(`${path}?${new URLSearchParams({ field, name: file.name }).toString()}`, { method: 'POST', file });

/** Of a document, as the API gives it: `/portal/api/…`. */
export const downloadAddress = (url: string): string =>
  new URL(url.replace(/^\/portal\//, ''), document.baseURI).toString();

export const taskPath = (run: string, step: string): string =>
  `/runs/${encodeURIComponent(run)}/tasks/${encodeURIComponent(step)}`;

export const isFault = (error: unknown): error is PortalFault => error instanceof PortalFault;
