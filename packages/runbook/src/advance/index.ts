export { type Advance, advance } from './advance.ts';
export type { AttemptVerb, Command, Verdict } from './command.ts';
export type { AttemptName, Person, RunEvent, TimerKey } from './event.ts';
export { ownersOf } from './people.ts';
export { scopeAt } from './scope.ts';
export {
  type Act,
  type ArtifactState,
  type Ending,
  hasPassed,
  type Instant,
  isDone,
  isTerminal,
  type PhaseState,
  type PhaseStatus,
  plannedState,
  RUN_STATUSES,
  type RunFacts,
  type RunState,
  type RunStatus,
  STEP_STATUSES,
  type StepFailure,
  type StepState,
  type StepStatus,
  type WaitingFor,
} from './state.ts';
