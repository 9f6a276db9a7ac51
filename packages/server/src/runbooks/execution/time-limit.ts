import type { ActionContext } from '../../connectors/kit/index.ts';

/**
 * Runs `fn` with a context whose signal also ends when the time is up. Everything is taken down again afterwards: a
 * worker lives for months, and `AbortSignal.any` leaves a trace of each call on the signal it was made from.
 */
export async function withinTime<T>(
  ctx: ActionContext,
  limitMs: number,
  fn: (ctx: ActionContext) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(ctx.signal.reason);
  if (ctx.signal.aborted) stop();
  ctx.signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(
    () => limit.abort(new DOMException(`The call took longer than ${limitMs} ms.`, 'TimeoutError')),
    limitMs,
  );
  try {
    return await fn({ ...ctx, signal: limit.signal });
  } finally {
    clearTimeout(timer);
    ctx.signal.removeEventListener('abort', stop);
  }
}
