export { executeAttempt } from './execute-attempt.ts';
export type { ExecutorDeps } from './executor-deps.ts';
export { type PlannedStep, type PlanOptions, planRun, type RunPlan } from './plan-run.ts';
export { openRegistry, type Registry } from './registry.ts';
export { type TriedConnection, testConnection } from './test-connection.ts';
export { viewPlan } from './view-plan.ts';
