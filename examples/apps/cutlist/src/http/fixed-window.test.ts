import { describe, expect, it } from 'vitest';
import { FixedWindow } from './fixed-window.ts';

const at = (second: number): Date => new Date(second * 1_000);

describe('FixedWindow', () => {
  it('VAL-19: allows exactly the limit, then says when the window ends, then starts anew', () => {
    const window = new FixedWindow(900_000);
    expect(window.take('a', 2, at(0))).toEqual({ allowed: true, remaining: 1, resetS: 900 });
    expect(window.take('a', 2, at(10))).toEqual({ allowed: true, remaining: 0, resetS: 890 });
    expect(window.take('a', 2, at(899))).toEqual({ allowed: false, remaining: 0, resetS: 1 });
    expect(window.take('a', 2, at(900))).toEqual({ allowed: true, remaining: 1, resetS: 900 });
  });

  it('counts each key by itself', () => {
    const window = new FixedWindow(1_000);
    expect(window.take('a', 1, at(0)).allowed).toBe(true);
    expect(window.take('b', 1, at(0)).allowed).toBe(true);
    expect(window.take('a', 1, at(0)).allowed).toBe(false);
  });

  it('a higher limit, agreed in the middle of a window, holds at once', () => {
    const window = new FixedWindow(1_000);
    window.take('a', 1, at(0));
    expect(window.take('a', 1, at(0)).allowed).toBe(false);
    expect(window.take('a', 2, at(0)).allowed).toBe(true);
  });

  it('starts anew when told to forget', () => {
    const window = new FixedWindow(1_000);
    window.take('a', 1, at(0));
    window.forget('a');
    expect(window.take('a', 1, at(0)).allowed).toBe(true);
  });

  it('keeps a bounded number of keys: the oldest makes room', () => {
    const window = new FixedWindow(1_000_000);
    for (let key = 0; key <= 10_000; key += 1) window.take(String(key), 1, at(0));
    expect(window.take('10000', 1, at(0)).allowed).toBe(false);
    expect(window.take('0', 1, at(0)).allowed).toBe(true);
  });
});
