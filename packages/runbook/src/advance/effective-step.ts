/** A `choose` step, once an option is picked, is that option with the keys of the step around it. */
import type { ChooseBody, Step } from '../definition.ts';
import type { StepState } from './state.ts';

const chosen = new WeakMap<ChooseBody, Map<string, Step>>();

/** The step as it runs; the very definition for every step but a `choose` that was decided. */
export function effectiveStep(step: Step, state: Pick<StepState, 'choice'> | undefined): Step {
  const { body } = step;
  const option = state?.choice;
  if (body.kind !== 'choose' || option === undefined) return step;
  const known = chosen.get(body) ?? new Map<string, Step>();
  chosen.set(body, known);
  const made = known.get(option) ?? withOption(step, body, option);
  known.set(option, made);
  return made;
}

function withOption(step: Step, { options }: ChooseBody, id: string): Step {
  const option = options[id];
  if (option === undefined) return step;
  const { owner, title, instructions, help, timeout, estimate, ...body } = option;
  const own = { owner, title, instructions, help, timeout, estimate };
  return { ...step, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)), body };
}
