import { describe, expect, it } from 'vitest';
import { task } from './testing/make-runbook.ts';
import { ADA, BOB, one, Play } from './testing/play.ts';

const item = (id: string, more = {}) => ({ id, item: id, with: {}, ...more });
const client = { mode: 'any', roles: ['client'] } as const;
const checklist = [
  item('projects', { owner: client, evidence: 'link' }),
  item('minutes', { evidence: 'note' }),
  item('report', { evidence: 'file' }),
  item('seen'),
  item('probe', { check: 'test.probe', expect: 'true' }),
];
/** The task is the engineer's; the first item is for the client. */
const opened = () => new Play(one({ id: 'uat', body: task({ checklist }) })).pass('uat', {}, 0);
const tick = (name: string, by: typeof ADA, evidence?: object, done = true) => ({
  type: 'item_ticked',
  step: 'uat',
  item: name,
  by,
  done,
  ...(evidence === undefined ? {} : { evidence }),
});
const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });
const link = 'https://example.test/projects/1';
const hash = 'a'.repeat(64);

describe('an item of a checklist', () => {
  it('RUN-32: is ticked by whom it is for, with who, when and the evidence it asks for', () => {
    const play = opened()
      .send(tick('projects', BOB, { link }))
      .send(tick('minutes', ADA, { note: 'all there' }));
    expect(play.step('uat')).toMatchObject({
      waitingFor: 'person',
      ticked: { projects: { name: 'Bob', role: 'client', link }, minutes: { name: 'Ada', note: 'all there' } },
    });
    play.done('uat', { ticks: ['report', 'seen'], items: { report: { hash } } }).pass('uat');
    expect(play.state.status).toBe('completed');
    expect(Object.entries(play.step('uat').ticked ?? {}).map(([id, { role }]) => [id, role])).toEqual([
      ['projects', 'client'],
      ['minutes', 'engineer'],
      ['report', 'engineer'],
      ['seen', 'engineer'],
    ]);
  });

  it('VAL-24 VAL-25 VAL-26 VAL-27: is refused to anybody else, and without its evidence', () => {
    const play = opened();
    expect(() => play.send(tick('projects', ADA, { link }))).toThrow(refusal('access.forbidden', 'is for client'));
    expect(() => play.send(tick('seen', BOB))).toThrow(refusal('access.forbidden', 'is for engineer'));
    expect(() => play.send(tick('projects', BOB))).toThrow(refusal('request.invalid', 'asks for a link'));
    expect(() => play.send(tick('projects', BOB, { link: 'see above' }))).toThrow(refusal('request.invalid', 'link'));
    expect(() => play.send(tick('minutes', ADA, { note: '  ' }))).toThrow(
      refusal('request.invalid', 'asks for a note'),
    );
    expect(() => play.send(tick('report', ADA, { note: 'x' }))).toThrow(refusal('request.invalid', 'SHA-256'));
    expect(() => play.send(tick('probe', ADA))).toThrow(refusal('request.invalid', 'no item probe for people'));
    expect(() => play.send(tick('none', ADA))).toThrow(refusal('request.invalid', 'no item none'));
    expect(play.step('uat').ticked).toBeUndefined();
  });

  it('RUN-32: is refused for all of them at once when the task is reported done', () => {
    const report = { ticks: ['projects', 'minutes', 'report', 'seen'], items: { minutes: { note: 'x' } } };
    expect(() => opened().done('uat', report)).toThrow(
      expect.objectContaining({
        faults: [
          { path: 'ticks.projects', message: expect.stringContaining('is for client to tick') },
          { path: 'items.report', message: expect.stringContaining('asks for a file') },
        ],
      }),
    );
    expect(() => opened().done('uat', { ticks: ['seen'], items: { minutes: { note: 'x' } } })).toThrow('not ticked');
  });

  it('can be taken back while the task is open, and not after', () => {
    const play = opened().send(tick('seen', ADA));
    expect(play.send(tick('seen', ADA, undefined, false)).step('uat').ticked).toEqual({});
    expect(() => play.send(tick('seen', ADA, undefined, false))).toThrow('cannot be unticked');
    const ready = opened().send(tick('projects', BOB, { link }));
    ready.done('uat', { ticks: ['minutes', 'report', 'seen'], items: { minutes: { note: 'x' }, report: { hash } } });
    expect(() => ready.pass('uat').send(tick('projects', BOB, undefined, false))).toThrow('takes no more part');
  });

  it('keeps who ticked it when the task is reported done by somebody else', () => {
    const play = opened().send(tick('projects', BOB, { link }));
    const items = { minutes: { note: 'x' }, report: { hash } };
    play.done('uat', { ticks: ['projects', 'minutes', 'report', 'seen'], items });
    expect(play.step('uat').ticked?.projects).toMatchObject({ name: 'Bob', link });
  });

  it('is ticked anew when the work repeats, and when its phase begins anew', () => {
    const once = new Play(one({ id: 'uat', body: task({ checklist: [item('seen')] }) })).done('uat', {
      ticks: ['seen'],
      items: {},
    });
    expect(once.step('uat').ticked).toBeDefined();
    const again = new Play([
      {
        id: 'p',
        steps: [
          { id: 'uat', body: task({ checklist: [item('seen')] }) },
          { id: 'late', body: task() },
        ],
      },
    ]).done('uat', { ticks: ['seen'], items: {} });
    again.send({ type: 'reopened', phase: 'p', by: ADA, reason: 'again' });
    expect(again.step('uat').ticked).toBeUndefined();
  });

  it('asks for nothing in a report that an earlier release recorded', () => {
    const play = opened()
      .done('uat', { ticks: ['projects', 'minutes', 'report', 'seen'] })
      .pass('uat');
    expect(play.state.status).toBe('completed');
  });
});
