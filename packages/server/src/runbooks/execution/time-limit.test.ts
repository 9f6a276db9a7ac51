import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import type { ActionContext } from '../../connectors/kit/index.ts';
import { withinTime } from './time-limit.ts';

const contextOf = (signal: AbortSignal) => ({ signal }) as ActionContext;
const untilAborted = (ctx: ActionContext) =>
  new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(ctx.signal.reason)));

it('ends the call when its time is up, and says so', async () => {
  vi.useFakeTimers();
  try {
    const reason = withinTime(contextOf(new AbortController().signal), 30_000, untilAborted);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await reason).toMatchObject({ name: 'TimeoutError' });
  } finally {
    vi.useRealTimers();
  }
});

it('ends the call when the worker stops, also when it has stopped already', async () => {
  const stopping = new AbortController();
  const reason = withinTime(contextOf(stopping.signal), 30_000, untilAborted);
  stopping.abort('stopping');
  expect(await reason).toBe('stopping');
  expect(await withinTime(contextOf(stopping.signal), 30_000, async ({ signal }) => signal.aborted)).toBe(true);
});

it('leaves nothing behind on the signal of the worker, whether the call succeeds or fails', async () => {
  const { signal } = new AbortController();
  await withinTime(contextOf(signal), 30_000, async () => 'done');
  await expect(withinTime(contextOf(signal), 30_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
