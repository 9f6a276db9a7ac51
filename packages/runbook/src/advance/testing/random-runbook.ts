/** Random runbooks that use the whole language: every kind of step, gates, times, repeats, options, child runs, undos. */
import type { Body, OnFail, Runbook, Undo } from '../../definition.ts';
import type { Dice } from './dice.ts';
import {
  approve,
  check,
  choose,
  makeRunbook,
  type PhaseSketch,
  run,
  type StepSketch,
  signOff,
  task,
  uses,
  wait,
} from './make-runbook.ts';

export const CONFIRM_TEXT = 'I know';

/** One to four phases of one to five steps. */
export function randomRunbook(dice: Dice): Runbook {
  const phases: PhaseSketch[] = [];
  const count = 1 + dice.below(4);
  for (let index = 0; index < count; index += 1) phases.push(randomPhase(dice, index));
  return {
    ...makeRunbook(phases),
    // As the facts of a history begin: a migration works them out anew.
    vars: { on: true, off: false },
    goLive: '2026-01-05',
    escalation: dice.chance(0.3) ? [{ after: '4h', to: 'lead' }] : [],
  };
}

function randomPhase(dice: Dice, index: number): PhaseSketch {
  const parallel = dice.chance(0.4);
  const steps: StepSketch[] = [];
  const size = 1 + dice.below(5);
  for (let at = 0; at < size; at += 1) steps.push(randomStep(dice, `p${index}s${at}`, steps, parallel, index));
  const entry = [{ label: 'earlier', expression: `phases.p${index - 1}.done` }];
  return {
    id: `p${index}`,
    parallel,
    steps,
    ...(index > 1 && dice.chance(0.3) ? { needs: [`p${dice.below(index)}`] } : {}),
    ...(index > 0 && dice.chance(0.3) ? { entry } : {}),
    ...(dice.chance(0.1) ? { if: 'vars.off' } : {}),
    ...(dice.chance(0.15) ? { start: randomTime(dice) } : {}),
    ...(dice.chance(0.1) ? { artifacts: [`of_p${index}s0`] } : {}),
  };
}

export function randomStep(
  dice: Dice,
  id: string,
  earlier: readonly StepSketch[],
  parallel: boolean,
  phase: number,
): StepSketch {
  const body = randomBody(dice, earlier, phase);
  const other = earlier[dice.below(earlier.length)];
  const canRepeat = body.kind !== 'approve' && body.kind !== 'sign_off' && !(body.kind === 'uses' && body.irreversible);
  return {
    id,
    body,
    artifact: `of_${id}`,
    ...(parallel && other !== undefined && dice.chance(0.5) ? { needs: [other.id] } : {}),
    ...(dice.chance(0.1) ? { if: dice.chance(0.5) ? 'vars.on' : 'vars.off' } : {}),
    ...(dice.chance(0.2) ? { onFail: randomOnFail(dice) } : {}),
    ...(dice.chance(0.15) ? { start: randomTime(dice) } : {}),
    ...(canRepeat && dice.chance(0.12) ? { repeat: randomRepeat(dice) } : {}),
    ...(dice.chance(0.15) ? { timeout: dice.pick(['1m', '6h', '3d']) } : {}),
    ...(dice.chance(0.1)
      ? {
          escalate: [
            { after: '30m', to: 'lead' },
            { after: '2h', to: 'cto' },
          ],
        }
      : {}),
    ...randomUndo(dice, body),
  };
}

function randomBody(dice: Dice, earlier: readonly StepSketch[], phase: number): Body {
  const other = earlier[dice.below(earlier.length)];
  const of = [dice.chance(0.5) || other === undefined ? 'intake' : `steps.${other.id}`];
  const backTo = dice.chance(0.4) ? { backTo: `p${dice.below(phase + 1)}` } : {};
  return dice.pick<() => Body>([
    () => randomAction(dice),
    () => randomAction(dice),
    () => check(),
    () => check('output.ok', { within: '20s', ...(dice.chance(0.5) ? { hold: '10s' } : {}) }),
    () => randomTask(dice),
    () => signOff(['engineer', 'client'], { of, ...backTo }),
    () => approve(['engineer', 'client'], { of, ...backTo }),
    () => wait({ count: 1 + dice.below(2), where: 'event.fits' }),
    () => run(),
    () => randomChoice(dice),
  ])();
}

function randomAction(dice: Dice): Body {
  if (dice.chance(0.05)) return uses('test.make', { irreversible: true, confirm: CONFIRM_TEXT });
  return uses('test.make', {
    temporary: dice.chance(0.2),
    manual: dice.pick(['never', 'never', 'allowed', 'only']),
    ...(dice.chance(0.2) ? { expect: 'output.ok' } : {}),
  });
}

const VERIFY = { check: 'test.probe', with: {}, expect: 'output.ok' };

const randomTask = (dice: Dice): Body =>
  task({
    ...(dice.chance(0.3) ? { verify: dice.chance(0.5) ? VERIFY : { ...VERIFY, within: '20s', hold: '6s' } } : {}),
    checklist: dice.chance(0.4)
      ? [{ id: 'seen', item: 'Seen', with: {}, check: 'test.probe', expect: 'output.ok' }]
      : [],
  });

const randomChoice = (dice: Dice): Body =>
  choose(
    { make: uses('test.make', { manual: 'allowed' }), hand: task(), child: { ...run(), timeout: '2h' } },
    dice.chance(0.4) ? { verify: VERIFY } : {},
  );

export const randomTime = (dice: Dice): string =>
  dice.pick(['go_live - 2d', 'go_live 09:00', 'go_live - 1bd 10:00', 'run.started_at + 6h']);

const randomOnFail = (dice: Dice): OnFail =>
  dice.pick<OnFail>([{ do: 'continue' }, { do: 'continue' }, { do: 'rollback' }, { do: 'run', runbook: 'remedy' }]);

const randomRepeat = (dice: Dice): NonNullable<StepSketch['repeat']> =>
  dice.pick([
    { from: 'go_live', on: ['-1d', '0d', '1d'] },
    { from: 'go_live 09:00', every: '1bd', for: '3d' },
    { from: 'run.started_at', every: '12h', for: '1d' },
    { from: 'go_live', on: [] },
  ]);

function randomUndo(dice: Dice, body: Body): { readonly undo?: Undo } {
  if (body.kind === 'uses' && body.temporary) return {};
  if (dice.chance(0.06)) return { undo: { do: 'keep' } };
  if (body.kind !== 'uses' && body.kind !== 'task') return {};
  if (dice.chance(0.1)) return { undo: { do: 'body', body: task(), owner: { mode: 'any', roles: ['engineer'] } } };
  return dice.chance(0.06) ? { undo: { do: 'body', body: uses('test.remove') } } : {};
}
