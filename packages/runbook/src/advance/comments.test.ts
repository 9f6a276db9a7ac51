import { describe, expect, it } from 'vitest';
import { approve, check, makeRunbook, task } from './testing/make-runbook.ts';
import { ADA, BOB, CANCEL, Play } from './testing/play.ts';

const SAM = { id: 'p4', name: 'Sam', role: 'security' };
const CTO = { id: 'p5', name: 'Cleo', role: 'cto' };
const raci = { consulted: ['security'], informed: ['cto'] };
const play = () =>
  new Play(
    [
      { id: 'look', steps: [{ id: 'see', body: task() }] },
      {
        id: 'decide',
        steps: [
          { id: 'yes', body: approve(['client']) },
          { id: 'after', body: check() },
        ],
      },
    ],
    { runbook: { about: { ...makeRunbook([]).about, raci } } },
  );
const say = (step: string, by: typeof ADA, text = 'mind the firewall') => ({ type: 'commented', step, by, text });

describe('a comment', () => {
  it('RUN-15: is for who is consulted, who works on it and who decides, and not for who is only informed', () => {
    const run = play()
      .send(say('yes', SAM))
      .send(say('yes', ADA, 'done'))
      .send(say('yes', BOB, 'seen'));
    expect(run.step('yes').comments?.map(({ role, text }) => [role, text])).toEqual([
      ['security', 'mind the firewall'],
      ['engineer', 'done'],
      ['client', 'seen'],
    ]);
    expect(() => run.send(say('yes', CTO))).toThrow(expect.objectContaining({ code: 'access.forbidden' }));
  });

  it('RUN-15: is given before the decision, and refused after it', () => {
    const run = play().done('see').decide('yes', BOB);
    expect(() => run.send(say('yes', SAM))).toThrow(expect.objectContaining({ code: 'run.wrong_state' }));
    const late = { type: 'phase_commented', phase: 'look', by: SAM, text: 'late' };
    expect(() => run.send(late)).toThrow(expect.objectContaining({ code: 'run.wrong_state' }));
    expect(() => play().send(CANCEL).send(say('yes', SAM))).toThrow(
      expect.objectContaining({ code: 'run.wrong_state' }),
    );
  });

  it('moves nothing: what was given a yes or waits goes on as it was', () => {
    const before = play().done('see');
    const hash = before.hash('yes');
    const after = before.send(say('yes', SAM));
    expect([after.hash('yes'), after.status('yes'), after.commands]).toEqual([hash, 'waiting', []]);
  });

  it('stays under its round when a phase begins anew, on the step and on the phase', () => {
    const run = play()
      .send({ type: 'phase_commented', phase: 'decide', by: SAM, text: 'wait for the audit' })
      .send(say('see', SAM))
      .done('see')
      .send({ type: 'reopened', phase: 'look', by: ADA, reason: 'again' });
    expect(run.step('see')).toMatchObject({ round: 2, status: 'waiting', comments: [{ round: 1, name: 'Sam' }] });
    expect(run.state.phases.decide).toMatchObject({ round: 2, comments: [{ round: 1 }] });
  });

  it('is one of a hundred at most', () => {
    const run = play();
    for (let count = 0; count < 100; count += 1) run.send(say('see', SAM));
    expect(() => run.send(say('see', SAM))).toThrow('takes no more');
  });
});
