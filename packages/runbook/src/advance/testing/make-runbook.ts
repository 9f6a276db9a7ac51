/** Small runbooks for tests, with every default written out. */
import type {
  ApproveBody,
  Body,
  CheckBody,
  ChooseBody,
  Phase,
  RunBody,
  Runbook,
  SignOffBody,
  Step,
  TaskBody,
  UsesBody,
  WaitBody,
} from '../../definition.ts';

export const uses = (action = 'test.make', more: Partial<UsesBody> = {}): UsesBody => ({
  kind: 'uses',
  action,
  with: {},
  manual: 'never',
  temporary: false,
  irreversible: false,
  ...more,
});
export const check = (expect = 'output.ok', more: Partial<CheckBody> = {}): CheckBody => ({
  kind: 'check',
  probe: 'test.probe',
  with: {},
  expect,
  ...more,
});
export const task = (more: Partial<TaskBody> = {}): TaskBody => ({
  kind: 'task',
  text: 'Do it',
  checklist: [],
  form: {},
  shows: {},
  ...more,
});
export const signOff = (by: readonly string[], more: Partial<SignOffBody> = {}): SignOffBody => ({
  kind: 'sign_off',
  by,
  need: by.length,
  of: ['intake'],
  statement: 'It works',
  ...more,
});

export const approve = (by: readonly string[], more: Partial<ApproveBody> = {}): ApproveBody => ({
  kind: 'approve',
  by,
  need: 1,
  of: ['intake'],
  ...more,
});
/** The first option is the recommended one. */
export const choose = (options: ChooseBody['options'], more: Partial<ChooseBody> = {}): ChooseBody => ({
  kind: 'choose',
  recommended: Object.keys(options)[0] ?? '',
  options,
  outputs: {},
  ...more,
});
export const run = (runbook = 'child', more: Partial<RunBody> = {}): RunBody => ({
  kind: 'run',
  runbook,
  with: {},
  ...more,
});
export const wait = (more: Partial<WaitBody> = {}): WaitBody => ({
  kind: 'wait',
  event: 'test.event',
  count: 1,
  ...more,
});

export type StepSketch = Partial<Omit<Step, 'body' | 'phase'>> & { readonly id: string; readonly body?: Body };
export type PhaseSketch = Partial<Omit<Phase, 'steps'>> & {
  readonly id: string;
  readonly steps: readonly StepSketch[];
};

export function makeRunbook(phases: readonly PhaseSketch[]): Runbook {
  return {
    id: 'sketch',
    version: '1.0',
    title: 'Sketch',
    owner: 'nobody',
    subject: 'new_tenant',
    about: { history: [], references: {}, raci: {}, approvers: [] },
    intake: { type: 'object' },
    vars: {},
    roles: { engineer: { title: 'Engineer', party: 'vendor' }, client: { title: 'Client', party: 'client' } },
    escalation: [],
    may: { override: ['engineer'], cancel: ['engineer'], rollback: ['engineer'] },
    triggers: [],
    outputs: {},
    phases: phases.map((phase, index) => makePhase(phase, phases[index - 1]?.id)),
  };
}

function makePhase(sketch: PhaseSketch, before: string | undefined): Phase {
  const parallel = sketch.parallel ?? false;
  return {
    title: sketch.id,
    needs: before === undefined ? [] : [before],
    entry: [],
    exit: [],
    artifacts: [],
    environment: 'production',
    owner: { mode: 'any', roles: ['engineer'] },
    ...sketch,
    parallel,
    steps: sketch.steps.map((step, index) =>
      makeStep(step, sketch.id, parallel ? undefined : sketch.steps[index - 1]?.id),
    ),
  };
}

function makeStep(sketch: StepSketch, phase: string, before: string | undefined): Step {
  return {
    title: sketch.id,
    needs: before === undefined ? [] : [before],
    onFail: { do: 'halt' },
    undo: { do: 'default' },
    environment: 'production',
    body: uses(),
    ...sketch,
    phase,
  };
}
