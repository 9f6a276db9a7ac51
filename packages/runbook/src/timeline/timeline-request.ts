import type { RunFacts } from '../advance/index.ts';
import { renderCalendar } from '../calendar/index.ts';
import type { Calendar, Runbook } from '../definition.ts';
import { evaluateGate, renderTemplate, type Scope } from '../expr/index.ts';
import type { TimelineRequest } from './plan-timeline.ts';

/**
 * What `planTimeline` needs, from the facts of a run at its start: templates of calendar and estimate rendered, the
 * `if` of each phase read. `fallback` is the product's calendar, for a runbook without one.
 *
 * @throws ExpressionError where a text or condition cannot be evaluated
 */
export function timelineRequest(runbook: Runbook, facts: RunFacts, fallback?: Calendar): TimelineRequest {
  const scope: Scope = {
    intake: facts.intake,
    product: facts.product,
    tenant: facts.tenant ?? undefined,
    vars: facts.vars,
    env: facts.env,
    run: { ...facts.run, started_at: new Date(facts.run.started_at) },
  };
  const calendar = runbook.calendar === undefined ? fallback : renderCalendar(runbook.calendar, scope);
  const estimate = runbook.estimate === undefined ? undefined : renderTemplate(runbook.estimate, scope);
  return {
    start: facts.run.started_at,
    goLive: facts.go_live,
    skippedPhases: runbook.phases
      .filter((phase) => phase.if !== undefined && !evaluateGate(phase.if, scope))
      .map((phase) => phase.id),
    anchors: scope,
    ...(calendar === undefined ? {} : { calendar }),
    ...(typeof estimate === 'string' ? { estimate } : {}),
  };
}
