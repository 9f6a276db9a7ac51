/** Another version of a random runbook: some of it new, some of it gone, some of it changed, sensibly or not. */
import type { Phase, Runbook, Step } from '../../definition.ts';
import type { Dice } from './dice.ts';
import { makeRunbook } from './make-runbook.ts';
import { randomStep, randomTime } from './random-runbook.ts';

export function nextVersion(dice: Dice, runbook: Runbook): Runbook {
  const number = Number(runbook.version.split('.')[0]) + 1;
  let phases = runbook.phases;
  const changes = 1 + dice.below(3);
  for (let change = 0; change < changes; change += 1) {
    phases = dice.pick([
      () => withStep(dice, phases, `v${number}c${change}`),
      () => withPhase(dice, phases, `v${number}c${change}`),
      () => withoutStep(dice, phases),
      () => withOtherBody(dice, phases),
      () => withOtherTimes(dice, phases),
    ])();
  }
  return { ...runbook, version: `${number}.0`, phases };
}

const replace = (phases: readonly Phase[], phase: Phase): readonly Phase[] =>
  phases.map((each) => (each.id === phase.id ? phase : each));

/** A step as a phase of its own would have it, moved into the phase it is for. */
function made(dice: Dice, phase: Phase, id: string, at: number): Step | undefined {
  const sketch = randomStep(dice, id, phase.steps.slice(0, at), true, 0);
  const [step] = makeRunbook([{ id: phase.id, parallel: phase.parallel, steps: [sketch] }]).phases[0]?.steps ?? [];
  const earlier = phase.steps[at - 1];
  if (step === undefined || phase.parallel || earlier === undefined) return step;
  return { ...step, needs: [earlier.id] };
}

function withStep(dice: Dice, phases: readonly Phase[], id: string): readonly Phase[] {
  const phase = dice.pick(phases);
  const step = made(dice, phase, id, phase.steps.length);
  return step === undefined ? phases : replace(phases, { ...phase, steps: [...phase.steps, step] });
}

function withPhase(dice: Dice, phases: readonly Phase[], id: string): readonly Phase[] {
  const last = phases.at(-1);
  const [phase] = makeRunbook([{ id, steps: [randomStep(dice, `${id}s0`, [], false, 0)] }]).phases;
  return phase === undefined || last === undefined ? phases : [...phases, { ...phase, needs: [last.id] }];
}

/** What it needed is needed by what needed it; one that an approval is bound to stays. */
function withoutStep(dice: Dice, phases: readonly Phase[]): readonly Phase[] {
  const phase = dice.pick(phases);
  const gone = dice.pick(phase.steps);
  const isBound = phases.some(({ steps }) =>
    steps.some(
      ({ body }) => (body.kind === 'approve' || body.kind === 'sign_off') && body.of.includes(`steps.${gone.id}`),
    ),
  );
  if (isBound || phase.steps.length === 1) return phases;
  const steps = phase.steps
    .filter((step) => step !== gone)
    .map((step) => ({ ...step, needs: step.needs.flatMap((need) => (need === gone.id ? gone.needs : [need])) }));
  return replace(phases, { ...phase, steps, artifacts: phase.artifacts.filter((name) => name !== `of_${gone.id}`) });
}

function withOtherBody(dice: Dice, phases: readonly Phase[]): readonly Phase[] {
  const phase = dice.pick(phases);
  const at = dice.below(phase.steps.length);
  const old = phase.steps[at];
  const next = old === undefined ? undefined : made(dice, phase, old.id, at);
  if (old === undefined || next === undefined) return phases;
  const { repeat: _repeat, undo: _undo, ...kept } = old;
  const step = {
    ...kept,
    undo: next.undo,
    body: next.body,
    ...(next.repeat === undefined ? {} : { repeat: next.repeat }),
  };
  return replace(phases, { ...phase, steps: phase.steps.with(at, step) });
}

function withOtherTimes(dice: Dice, phases: readonly Phase[]): readonly Phase[] {
  const phase = dice.pick(phases);
  const at = dice.below(phase.steps.length);
  const old = phase.steps[at];
  if (old === undefined) return phases;
  const { start: _start, timeout: _timeout, ...kept } = old;
  const step: Step = {
    ...kept,
    ...(dice.chance(0.5) ? { start: randomTime(dice) } : {}),
    ...(dice.chance(0.5) ? { timeout: dice.pick(['1m', '6h', '3d']) } : {}),
  };
  return replace(phases, { ...phase, steps: phase.steps.with(at, step) });
}
