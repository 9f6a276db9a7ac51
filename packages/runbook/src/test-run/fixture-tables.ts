/** The keys of a fixture file, as tables; read with the same reader as the runbook itself. */
import { PHASE_STATUSES, RUN_STATUSES, STEP_STATUSES } from '../advance/index.ts';
import type { Table } from '../parse/grammar.ts';

const SETTING: Table = {
  at: { type: 'string', about: 'When the run starts, an instant' },
  intake: { type: 'any', about: 'A map, or the path of a client or intake file' },
  product: { type: 'any', about: 'A map, or the path of a product profile' },
  env: { type: 'map', about: 'Settings of the environment' },
  tenant: { type: 'map', about: 'What expressions read of the tenant' },
  subject: { type: 'map', about: 'What a runbook about a run knows of that run' },
  given: { type: 'map', about: 'What the outside and people answer' },
};

export const FILE_TABLE: Table = {
  runbook: { type: 'file_id', about: 'The runbook it belongs to' },
  defaults: { type: 'map', about: 'What is the same for all cases' },
  cases: { type: 'list', about: 'The cases', required: true },
};

export const DEFAULTS_TABLE: Table = SETTING;

export const CASE_TABLE: Table = {
  name: { type: 'string', about: 'What it shows', required: true },
  ...SETTING,
  happens: { type: 'list', about: 'What people do besides answering' },
  stop: { type: 'map', about: 'Where the case ends before the run does' },
  rollback: { type: 'string', about: 'Abort after each step in turn', values: ['after each step'] },
  expect: { type: 'map', about: 'What it has to come to', required: true },
};

export const GIVEN_TABLE: Table = {
  checks: { type: 'string', about: 'Whether checks without an output pass', values: ['pass', 'declared'] },
  people: { type: 'string', about: 'Whether people act when asked', values: ['act', 'wait'] },
  steps: { type: 'map', about: 'Answers by step' },
};

export const ANSWER_TABLE: Table = {
  times: { type: 'count', about: 'Given that many times, then the next' },
  after: { type: 'duration', about: 'How long it takes to come' },
  output: { type: 'map', about: 'Members of the output; the rest is made up' },
  passes: { type: 'bool', about: 'Make up an output that meets the expectation, or one that does not' },
  fails: { type: 'map', about: 'The call fails: {code, message, retryable, uncertain}' },
  acts: { type: 'list', about: 'What people do when asked' },
  event: { type: 'map', about: 'The event that comes' },
  child: {
    type: 'string',
    about: 'How the child run ends',
    values: ['completed', 'rolled_back', 'cancelled', 'refused'],
  },
  outputs: { type: 'map', about: 'Outputs of the child run' },
  proofs: { type: 'map', about: 'Answers to the probes of a task: by item, and `verify`' },
  undo: { type: 'any', about: 'How taking it back goes' },
};

export const FAILS_TABLE: Table = {
  code: { type: 'string', about: 'Such as connector.timeout' },
  message: { type: 'string', about: 'In words' },
  retryable: { type: 'bool', about: 'Tried again by itself' },
  uncertain: { type: 'bool', about: 'Whether it had an effect is not known' },
};

export const ACT_TABLE: Table = {
  role: { type: 'role', about: 'Who acts; else one who may' },
  person: { type: 'string', about: 'Tells people of one role apart' },
  ticks: { type: 'any', about: '`all`, or ids of items' },
  output: { type: 'map', about: 'Fields of the form' },
  note: { type: 'string', about: 'What they leave' },
  decision: { type: 'string', about: 'yes or no', values: ['yes', 'no'] },
  option: { type: 'string', about: 'The option picked' },
  text: { type: 'string', about: 'The text typed' },
  refused: { type: 'string', about: 'The code it is refused with' },
};

export const STOP_TABLE: Table = {
  before: { type: 'string', about: 'As soon as this step starts' },
  at: { type: 'string', about: 'When the run first has this status', values: RUN_STATUSES },
  until: { type: 'string', about: 'At this time' },
};

export const EXPECT_TABLE: Table = {
  status: { type: 'string', about: 'Of the run', values: RUN_STATUSES },
  steps: { type: 'texts', about: 'Status by step' },
  phases: { type: 'texts', about: 'Status by phase' },
  asks: { type: 'step_ids', about: 'Exactly the steps that wait for people' },
  artifacts: { type: 'artifacts', about: 'These are there' },
  escalations: { type: 'map', about: 'Roles told, by step' },
};

export const STATUSES = { steps: STEP_STATUSES, phases: PHASE_STATUSES } as const;

/** Each has `at`, `by` and `refused` beside exactly one of the rest; `undo` belongs to `reopen`. */
export const HAPPENING_TABLE: Table = {
  at: { type: 'string', about: '+2d, an instant, or a time such as `go_live - 1d`' },
  by: { type: 'role', about: 'Who; else one who may' },
  refused: { type: 'string', about: 'The code it is refused with' },
  retry: { type: 'string', about: 'A failed step' },
  override: { type: 'string', about: 'A step' },
  override_gate: { type: 'map', about: '{phase, label}' },
  take_over: { type: 'string', about: 'A step that is done by hand from now on' },
  reopen: { type: 'phase_id', about: 'A phase that begins anew' },
  undo: { type: 'bool', about: 'What the phases to begin anew have made is taken back first' },
  go_live_moved: { type: 'string', about: 'The new date' },
  resolve: { type: 'map', about: '{step, outcome: happened or did_not_happen}' },
  mend_intake: { type: 'map', about: 'What changes in the intake' },
  rollback: { type: 'bool', about: 'Take the run back' },
  cancel: { type: 'string', about: 'End the run, and keep or undo what it made', values: ['keep', 'undo'] },
};
export const DEEDS: readonly string[] = Object.keys(HAPPENING_TABLE).filter(
  (key) => !['at', 'by', 'refused', 'undo'].includes(key),
);
