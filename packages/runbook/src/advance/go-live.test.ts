import { describe, expect, it } from 'vitest';
import { task } from './testing/make-runbook.ts';
import { ADA, CANCEL, one, Play } from './testing/play.ts';

const moved = (go_live: string) => ({ type: 'go_live_moved', go_live, by: ADA, reason: 'moved' });
const hold = one({ id: 'a', body: task() });

describe('moving go-live', () => {
  it('is refused into the past, and today is not past, whatever day it is elsewhere', () => {
    const calendar = { timezone: 'Pacific/Auckland' };
    const play = new Play(hold, { facts: { go_live: '2026-02-01', calendar }, at: '2026-01-10T20:00:00.000Z' });
    expect(() => play.send(moved('2026-01-10'))).toThrow('today is 2026-01-11 in Pacific/Auckland');
    expect(play.send(moved('2026-01-11')).state.facts.go_live).toBe('2026-01-11');
  });

  it('is refused for a text that is no date, a run without one, and one that is over', () => {
    const play = new Play(hold, { facts: { go_live: '2026-02-01' } });
    expect(() => play.send(moved('soon'))).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    expect(() => new Play(hold).send(moved('2026-02-01'))).toThrow('has no go-live');
    expect(() => play.send(CANCEL).send(moved('2026-03-01'))).toThrow('The run is cancelled');
  });

  it('leaves what has begun as it is', () => {
    const play = new Play(one({ id: 'a', body: task(), start: 'go_live' }), { facts: { go_live: '2026-01-01' } });
    expect(play.status('a')).toBe('waiting');
    expect(play.send(moved('2026-02-01')).status('a')).toBe('waiting');
  });
});
