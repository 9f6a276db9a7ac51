import { isTenantryError } from '@tenantry/contract';
import type { RunStatus } from '../advance/index.ts';
import type { Catalog } from '../catalog.ts';
import type { Instant, Runbook } from '../definition.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import type { TestCase } from './fixture.ts';
import { differencesOf } from './judge-case.ts';
import { playCase } from './play.ts';
import { checkRollback, type Moment, momentsOf, type RollbackCheck } from './rollback-check.ts';
import type { TraceLine } from './trace.ts';
import { openWorld, type Problem, type Stage, type World } from './world.ts';

export interface CaseResult {
  readonly name: string;
  /** Line of the fixture file. */
  readonly line: number;
  readonly ok: boolean;
  readonly status: RunStatus;
  readonly differences: readonly Problem[];
  readonly trace: readonly TraceLine[];
  /** How many steps started. */
  readonly steps: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly rollback?: RollbackCheck;
}

export interface TestReport {
  /** No case failed. */
  readonly ok: boolean;
  readonly cases: readonly CaseResult[];
  /** Of all cases together. */
  readonly coverage: Coverage;
}

/**
 * Runs a runbook against declared cases, with the engine that runs it in earnest and a world that is made up: nothing
 * outside is touched, time jumps, and the same cases always give the same report.
 */
export function testRunbook(runbook: Runbook, catalog: Catalog, cases: readonly TestCase[]): TestReport {
  const reached = new Set<string>();
  const results = cases.map((test) => testCase({ runbook, catalog, test, everybodyActs: false }, reached));
  return { ok: results.every(({ ok }) => ok), cases: results, coverage: coverageOf(runbook, catalog, reached) };
}

function testCase(stage: Stage, reached: Set<string>): CaseResult {
  const { test } = stage;
  const moments: Moment[] = [];
  let world: World | undefined;
  const broken: Problem[] = [];
  let rollback: RollbackCheck | undefined;
  try {
    world = { ...openWorld(stage), reached };
    playCase(stage, world, test.rollback ? (now, before) => moments.push(...momentsOf(now, before)) : undefined);
    if (test.rollback) rollback = checkRollback(stage, moments);
  } catch (error) {
    // A fault of this case is told with it; the others still run.
    if (!isTenantryError(error)) throw error;
    broken.push({ path: 'run', expected: 'no error', actual: error.message });
  }
  const differences = [
    ...broken,
    ...(world === undefined || broken.length > 0 ? [] : differencesOf(test, world)),
    ...(rollback?.problems ?? []),
  ];
  return {
    name: test.name,
    line: test.line,
    ok: differences.length === 0,
    status: world?.state.status ?? 'planned',
    differences,
    trace: world?.trace ?? [],
    steps: Object.values(world?.state.steps ?? {}).filter(({ startedAt }) => startedAt !== undefined).length,
    startedAt: test.at,
    endedAt: world?.at ?? test.at,
    ...(rollback === undefined ? {} : { rollback }),
  };
}
