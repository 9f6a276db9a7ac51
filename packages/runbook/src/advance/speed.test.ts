import { describe, expect, it } from 'vitest';
import type { Runbook } from '../definition.ts';
import { advance, type Command, plannedState, type RunEvent } from './index.ts';
import { check, makeRunbook, signOff } from './testing/make-runbook.ts';
import { FACTS } from './testing/play.ts';

const STEPS = 1_000;
const AT = '2026-01-01T00:00:00.000Z';

const EVENTS = 100;

/** CPU milliseconds of one `advance`, over the first hundred results of a run. */
function costOf(runbook: Runbook): number {
  const phases = runbook.phases.map((phase) => phase.id);
  let state = plannedState(
    FACTS,
    phases,
    runbook.phases.flatMap(({ steps }) => steps.map(({ id }) => id)),
  );
  const open: Command[] = [];
  const send = (event: RunEvent): void => {
    const next = advance(runbook, state, event);
    state = next.state;
    open.push(...next.commands.filter((command) => command.do === 'attempt'));
  };
  send({ type: 'started', at: AT });
  const before = process.cpuUsage().user;
  for (let event = 0; event < EVENTS; event += 1) {
    const command = open.shift();
    if (command?.do !== 'attempt') throw new Error('the run stands still');
    const { step, round, try: number } = command;
    send({ type: 'attempt_passed', at: AT, step, round, try: number, output: { ok: true }, made: 1 });
  }
  return (process.cpuUsage().user - before) / 1_000 / EVENTS;
}

describe('a run of 1,000 steps', () => {
  const sketch = (parallel: boolean) =>
    makeRunbook([
      { id: 'p', parallel, steps: Array.from({ length: STEPS }, (_, at) => ({ id: `s${at}`, body: check() })) },
      {
        id: 'q',
        entry: [{ label: 'all', expression: 'phases.p.done' }],
        steps: [{ id: 'yes', body: signOff(['client']) }],
      },
    ]);

  it('moves in milliseconds, whether its steps run side by side or one after the other', () => {
    // 2 ms or less where measured; a cost that grows with the square of the steps takes a hundred times that.
    expect(Math.max(costOf(sketch(true)), costOf(sketch(false)))).toBeLessThan(25);
  }, 60_000);
});
