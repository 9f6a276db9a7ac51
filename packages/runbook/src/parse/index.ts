export { type LintFault, type Severity, sortFaults } from './faults.ts';
export {
  type CheckedIntake,
  type CheckOptions,
  checkIntake,
  INTAKE_BYTES_MAX,
  type IntakeFile,
  parseIntakeFile,
} from './intake-file.ts';
export { schemaFault } from './intake-schema.ts';
export {
  type Draft,
  type ParsedRunbook,
  type ParseOptions,
  parseRunbook,
  RUNBOOK_BYTES_MAX,
  readDraft,
} from './parse-runbook.ts';
export { joinPath, type Place, type Positions } from './positions.ts';
export type { ReadFile } from './read-intake.ts';
export type { Mention, OutputOf, Owner, Reading, Site } from './reading.ts';
