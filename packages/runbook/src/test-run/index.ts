export type { Coverage, CoverageItem, CoverageKind } from './coverage.ts';
export type { TestCase } from './fixture.ts';
export { type FixtureOptions, type ParsedFixtures, parseFixtures } from './read-fixtures.ts';
export type { RollbackCheck } from './rollback-check.ts';
export { type CaseResult, type TestReport, testRunbook } from './test-runbook.ts';
export type { TraceLine } from './trace.ts';
export type { Problem } from './world.ts';
