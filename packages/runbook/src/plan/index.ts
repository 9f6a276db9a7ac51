export { openPlan, type PlanLine, type PlanScope } from './plan-scope.ts';
export { unsupportedFeatures } from './unsupported.ts';
