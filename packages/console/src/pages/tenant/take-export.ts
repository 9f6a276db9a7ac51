/**
 * Takes an export, however the server gives it: at once (200), or written by a worker (202, RFC 9110 15.3.3) and then
 * downloaded by the link that its address tells. One that breaks off is a fault, and no file.
 */
import { ApiFault, faultOf } from '../../api/api-fault.ts';

export interface ExportProgress {
  readonly bytes: number;
  readonly rows?: number;
  readonly table?: string;
}

export interface TakenExport {
  readonly name: string;
  /** Of an object of this page, or a link of the server. */
  readonly url: string;
}

interface Taking {
  readonly told: (progress: ExportProgress) => void;
  readonly signal: AbortSignal;
  readonly ask?: typeof fetch;
  readonly wait?: (ms: number) => Promise<unknown>;
  /** Where the installation is served. */
  readonly root: URL;
}

const ASK_AGAIN_MS = 2_000;
const sleep = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws ApiFault; undefined when it was stopped */
export async function takeExport(address: URL, taking: Taking): Promise<TakenExport | undefined> {
  try {
    const response = await get(address, taking);
    return response.status === 202 ? await waitFor(response, taking) : await receive(response, taking);
  } catch (error) {
    if (taking.signal.aborted) return undefined;
    if (error instanceof ApiFault) throw error;
    throw new ApiFault(0, { detail: 'The export broke off.', next: 'Nothing was saved. Try again.' });
  }
}

async function get(address: URL, { ask = fetch, signal }: Taking): Promise<Response> {
  const response = await ask(address, { credentials: 'same-origin', signal });
  if (!response.ok) throw await faultOf(response);
  return response;
}

async function receive(response: Response, { told }: Taking): Promise<TakenExport> {
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'export.zip';
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      told({ bytes });
      controller.enqueue(chunk);
    },
  });
  // As a blob it lies where the browser keeps large things, and not in the memory of the page.
  const blob = await new Response(response.body?.pipeThrough(counter)).blob();
  return { name, url: URL.createObjectURL(new Blob([blob], { type: 'application/zip' })) };
}

/** What a server tells of an export that a worker writes. */
interface Job {
  readonly id?: string;
  readonly status?: string;
  readonly progress?: { readonly rows?: number; readonly bytes?: number; readonly table?: string } | null;
  readonly download?: { readonly url: string } | null;
  readonly failure?: { readonly message?: string; readonly next?: string | null } | null;
}

const UNDER_WAY: readonly (string | undefined)[] = ['queued', 'running'];

async function waitFor(accepted: Response, taking: Taking): Promise<TakenExport> {
  const { told, signal, wait = sleep, root } = taking;
  const location = accepted.headers.get('location');
  if (location === null) throw new ApiFault(202, { detail: 'The server does not say where its export is to be seen.' });
  const address = new URL(location.replace(/^\//, ''), root);
  const askAgainMs = Number(accepted.headers.get('retry-after')) * 1_000 || ASK_AGAIN_MS;
  let job = (await accepted.json()) as Job;
  while (UNDER_WAY.includes(job.status)) {
    const { bytes = 0, rows, table } = job.progress ?? {};
    told({ bytes, ...(rows === undefined ? {} : { rows }), ...(table === undefined ? {} : { table }) });
    await wait(askAgainMs);
    signal.throwIfAborted();
    job = (await (await get(address, taking)).json()) as Job;
  }
  // One that was ready before is told without its link.
  if (job.status === 'ready' && job.download == null) job = (await (await get(address, taking)).json()) as Job;
  if (job.download != null) {
    return { name: `${job.id ?? 'export'}.zip`, url: new URL(job.download.url, root).href };
  }
  throw new ApiFault(409, {
    detail: job.failure?.message ?? `The export is ${job.status ?? 'not there'}.`,
    ...(typeof job.failure?.next === 'string' ? { next: job.failure.next } : {}),
  });
}
