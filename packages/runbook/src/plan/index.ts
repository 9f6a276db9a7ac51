export { contactsOf, factsOf, type GivenFacts } from './facts.ts';
export { openPlan, type PlanLine, type PlanScope } from './plan-scope.ts';
export { unsupportedFeatures } from './unsupported.ts';
