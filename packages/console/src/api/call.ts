/** One request to the API: typed by the OpenAPI document, with the session cookie that the browser adds by itself. */
import { ApiFault, faultOf } from './api-fault.ts';
import type { AnswerOf, OperationName, RequestOf } from './operation-types.ts';

interface Loose {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly once?: string;
  readonly ifMatch?: string;
}

/** Where the installation is served: the page lies one folder below. */
const root = (): URL => new URL('..', document.baseURI);

export function addressOf(name: OperationName, request: object): URL {
  const { path = {}, query = {} } = request as Loose;
  const pattern = name.slice(name.indexOf(' ') + 2);
  const url = new URL(
    pattern.replace(/\{(\w+)\}/g, (_all, key: string) => encodeURIComponent(path[key] ?? '')),
    root(),
  );
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(key, String(value));
  }
  return url;
}

/** @throws ApiFault */
export async function call<Name extends OperationName>(name: Name, request: RequestOf<Name>): Promise<AnswerOf<Name>> {
  return (await callWithTag(name, request)).answer;
}

/** As `call`, with the ETag of the answer. @throws ApiFault */
export async function callWithTag<Name extends OperationName>(
  name: Name,
  request: RequestOf<Name>,
): Promise<{ readonly answer: AnswerOf<Name>; readonly tag: string | undefined }> {
  const { body, signal, once, ifMatch } = request as Loose;
  const method = name.slice(0, name.indexOf(' '));
  const response = await fetch(addressOf(name, request), {
    method,
    credentials: 'same-origin',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' || once === undefined ? {} : { 'idempotency-key': once }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiFault(0, { code: 'offline', detail: 'The control plane cannot be reached.', next: OFFLINE_NEXT });
  });
  if (!response.ok) throw await faultOf(response);
  const text = response.status === 204 ? '' : await response.text();
  const answer = (text === '' ? undefined : JSON.parse(text)) as AnswerOf<Name>;
  return { answer, tag: response.headers.get('etag') ?? undefined };
}

const OFFLINE_NEXT = 'What you have typed is kept on this device. Try again when the connection is back.';
