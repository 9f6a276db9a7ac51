import type { Json, Phase, Step } from '../definition.ts';
import { PHASE_TABLE } from './grammar.ts';
import { joinPath } from './positions.ts';
import { readFields } from './read-fields.ts';
import { readStep } from './read-step.ts';
import { celOf, gatesOf, optional, ownersOf, textOf, textsOf } from './read-values.ts';
import { addFault, asArray, isObject, type Owner, type Reading } from './reading.ts';

const ENVIRONMENT = 'production';

/** Every phase of a runbook that has an id, with effective `needs`. */
export function readPhases(reading: Reading, value: Json | undefined, path: string): readonly Phase[] {
  const phases: Phase[] = [];
  for (const [index, item] of asArray(value).entries()) {
    const phase = readPhase(reading, item, joinPath(path, index), phases.at(-1)?.id);
    if (phase !== undefined) phases.push(phase);
  }
  return phases;
}

function readPhase(reading: Reading, value: Json, path: string, before: string | undefined): Phase | undefined {
  const owner: Owner = isObject(value) ? optional('phase', textOf(value.id)) : {};
  const fields = readFields(reading, value, path, PHASE_TABLE, 'phase', owner);
  const id = isObject(value) ? textOf(value.id) : undefined;
  if (id === undefined) {
    readSteps(reading, fields.steps, joinPath(path, 'steps'), '', ENVIRONMENT, fields.parallel === true);
    return undefined;
  }
  if (reading.phasePaths.has(id)) {
    addFault(reading, {
      rule: 'duplicate-id',
      path: joinPath(path, 'id'),
      message: `There are two phases \`${id}\`.`,
      fix: 'Give each its own id.',
    });
    return undefined;
  }
  reading.phasePaths.set(id, path);
  const environment = textOf(fields.environment) ?? ENVIRONMENT;
  const parallel = fields.parallel === true;
  return {
    id,
    title: textOf(fields.title) ?? id,
    ...optional('owner', ownersOf(fields.owner)),
    ...optional('if', celOf(fields.if)),
    needs: fields.needs === undefined ? (before === undefined ? [] : [before]) : textsOf(fields.needs),
    ...optional('start', textOf(fields.start)),
    entry: gatesOf(fields.entry),
    exit: gatesOf(fields.exit),
    artifacts: textsOf(fields.artifacts),
    parallel,
    ...optional('duration', textOf(fields.duration)),
    ...optional('estimate', textOf(fields.estimate)),
    environment,
    steps: readSteps(reading, fields.steps, joinPath(path, 'steps'), id, environment, parallel),
  };
}

/** Steps of one phase, top to bottom. */
export function readSteps(
  reading: Reading,
  value: Json | undefined,
  path: string,
  phase: string,
  environment: string,
  parallel: boolean,
): readonly Step[] {
  const steps: Step[] = [];
  for (const [index, item] of asArray(value).entries()) {
    const at = joinPath(path, index);
    const step = readStep(reading, item, at, { phase, environment, parallel, before: steps.at(-1)?.id });
    if (step === undefined) continue;
    if (reading.stepPaths.has(step.id)) {
      addFault(reading, {
        rule: 'duplicate-id',
        path: joinPath(at, 'id'),
        message: `There are two steps \`${step.id}\`.`,
        fix: 'Step ids are unique in the whole runbook.',
      });
      continue;
    }
    reading.stepPaths.set(step.id, at);
    steps.push(step);
  }
  if (value !== undefined && asArray(value).length === 0) {
    addFault(reading, { rule: 'missing-key', path, message: 'There is no step here.', fix: 'Add at least one step.' });
  }
  return steps;
}
