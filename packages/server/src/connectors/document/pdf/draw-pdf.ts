/** The thread that draws PDF documents: one in a process, started when it is needed and ended when it is idle. */
import { Worker } from 'node:worker_threads';
import { TenantryError } from '@tenantry/contract';
import type { PdfBlock } from './pdf-blocks.ts';

export interface PdfJob {
  readonly content: readonly PdfBlock[];
  readonly title: string;
  /** Name of the product, at the head of each page. */
  readonly product: string;
  /** Of the bar at the head of each page: `#rrggbb`. */
  readonly color: string;
  /** BCP 47. */
  readonly language: string;
  /** Creation date of the document, ISO 8601. */
  readonly at: string;
  /** Without it the file opens no more. It is kept nowhere else. */
  readonly password?: string;
}

type Answer =
  | { readonly bytes: Uint8Array }
  /** Characters no font has, each with the text around it. */
  | { readonly missing: readonly (readonly [character: string, near: string])[] }
  | { readonly error: string };

const IDLE_MS = 10_000;
const TIME_LIMIT_MS = 60_000;
const HEAP_MAX_MB = 512;

let worker: Worker | undefined;
let idle: NodeJS.Timeout | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * One document after the other.
 *
 * @throws TenantryError `runbook.invalid` for text that no font shows and for a document that is too large
 */
export function drawPdf(job: PdfJob, signal: AbortSignal): Promise<Buffer> {
  const drawn = last.then(() => drawNext(job, signal));
  last = drawn.catch(() => undefined);
  return drawn;
}

async function drawNext(job: PdfJob, signal: AbortSignal): Promise<Buffer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  clearTimeout(idle);
  worker ??= startWorker();
  const answer = await ask(worker, job, limit).catch(async (error: unknown) => {
    await stopWorker();
    signal.throwIfAborted();
    throw limit.aborted || isOutOfMemory(error) ? tooLarge(job.title) : error;
  });
  idle = setTimeout(() => void stopWorker(), IDLE_MS).unref();
  if ('bytes' in answer) return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength);
  if ('missing' in answer) throw unshown(job.title, answer.missing);
  throw new Error(`The PDF ${job.title} could not be drawn: ${answer.error}`);
}

function startWorker(): Worker {
  const started = new Worker(new URL('./assets/pdf-worker.mjs', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB },
  });
  // One that dies while nobody waits for it is only to be forgotten.
  started.on('error', () => {
    if (worker === started) worker = undefined;
  });
  started.unref();
  return started;
}

async function stopWorker(): Promise<void> {
  const stopping = worker;
  worker = undefined;
  await stopping?.terminate();
}

/** Listens, and keeps the process alive, only while it waits. */
async function ask(asked: Worker, job: PdfJob, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  asked.ref();
  let stopListening = (): void => undefined;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const onExit = (code: number): void => reject(new Error(`The thread that draws PDFs ended with ${code}`));
      const onAbort = (): void => reject(signal.reason);
      asked.once('message', resolve).once('error', reject).once('exit', onExit);
      signal.addEventListener('abort', onAbort);
      stopListening = () => {
        asked.off('message', resolve).off('error', reject).off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
      };
      asked.postMessage(job);
    });
  } finally {
    stopListening();
    asked.unref();
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

const tooLarge = (title: string): TenantryError =>
  new TenantryError('runbook.invalid', `The PDF ${title} is too large to be drawn.`, {
    next: 'Part the document, or write it as html.',
  });

function unshown(title: string, missing: readonly (readonly [string, string])[]): TenantryError {
  const named = missing.map(([character, near]) => `${codePoint(character)} in "${near.trim()}"`);
  return new TenantryError(
    'runbook.invalid',
    `The PDF ${title} cannot show ${named.join('; ')}: its fonts have no sign for it.`,
    {
      next: 'Write the document as html, which uses the fonts of its reader; PDF has Latin, Greek and Cyrillic letters.',
    },
  );
}

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
