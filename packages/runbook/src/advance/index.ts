export { type Advance, advance } from './advance.ts';
export { answerBy } from './asking.ts';
export { decisionHash } from './bound-content.ts';
export type { AskPurpose, AttemptVerb, Command, Verdict } from './command.ts';
export { commentersOfPhase, commentersOfStep } from './comments.ts';
export { effectiveStep } from './effective-step.ts';
export type { AttemptName, Person, RunEvent, TimerKey } from './event.ts';
export { contactsOf, factsOf, type GivenFacts } from './facts.ts';
export { type Form, formOf } from './form.ts';
export { HAPPENINGS, type Happening, happeningsOf, informedOf } from './happenings.ts';
export { type MigrationRequest, migrateState } from './migrate.ts';
export { ownersOf } from './owners.ts';
export { scopeAt } from './scope.ts';
export {
  type Act,
  type ArtifactState,
  type ChildState,
  type Comment,
  type Ending,
  hasPassed,
  type Instant,
  type ItemEvidence,
  type ItemFinding,
  isDone,
  isTerminal,
  type Occurrence,
  PHASE_STATUSES,
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
  type Tick,
  type WaitingFor,
} from './state.ts';
