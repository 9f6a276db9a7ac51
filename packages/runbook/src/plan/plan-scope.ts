/**
 * What a plan can know before anything runs. Outputs of steps stand as *known after apply* until an action's
 * own plan tells some of their members; conditions that read an unknown one stay open.
 */

import type { RunFacts } from '../advance/index.ts';
import type { JsonObject, Runbook, Step } from '../definition.ts';
import { evaluatePartial, renderPartial, type Scope, unknownValue } from '../expr/index.ts';
import { indexOf } from '../runbook-index.ts';

export interface PlanScope {
  /** Members of a step's output that its action knows already; `members` are all the members it will have. */
  learn(step: string, known: JsonObject, members: readonly string[]): void;
  line(step: Step): PlanLine;
}

export interface PlanLine {
  readonly step: string;
  readonly phase: string;
  readonly title: string;
  readonly kind: Step['body']['kind'];
  /** `depends`: its condition reads a value known only after apply. */
  readonly decision: 'runs' | 'skipped' | 'depends';
  readonly reason?: string;
  /** Roles that are asked for something; empty for automatic steps. */
  readonly asks: readonly string[];
  /** Action, probe or template, for automatic steps. */
  readonly name?: string;
  /** The rendered `with`; unknown values are `{ $unknown, text? }`. */
  readonly input?: JsonObject;
  /** From here on the run cannot be taken back. */
  readonly pointOfNoReturn: boolean;
}

export function openPlan(runbook: Runbook, facts: RunFacts): PlanScope {
  const outputs = new Map<string, JsonObject>();
  const scope = (): Scope => ({
    intake: facts.intake,
    product: facts.product,
    tenant: facts.tenant ?? undefined,
    vars: facts.vars,
    run: { id: facts.run.id, started_at: unknownValue('run.started_at') },
    env: facts.env,
    go_live: facts.go_live === null ? undefined : new Date(facts.go_live),
    now: unknownValue('now'),
    artifacts: unknownValue('artifacts'),
    phases: unknownValue('phases'),
    steps: stepScope(runbook, outputs),
  });
  return {
    learn: (step, known, members) => {
      outputs.set(step, {
        ...Object.fromEntries(members.map((name) => [name, unknownValue(`steps.${step}.output.${name}`)])),
        ...known,
      });
    },
    line: (step) => planLine(runbook, scope(), step),
  };
}

function stepScope(runbook: Runbook, outputs: ReadonlyMap<string, JsonObject>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    runbook.phases.flatMap((phase) =>
      phase.steps.map((step) => {
        const names = ['status', 'passed', 'skipped', 'done', 'settled', 'done_at'];
        const unknowns = Object.fromEntries(names.map((name) => [name, unknownValue(`steps.${step.id}.${name}`)]));
        return [step.id, { ...unknowns, output: outputs.get(step.id) ?? unknownValue(`steps.${step.id}.output`) }];
      }),
    ),
  );
}

function planLine(runbook: Runbook, scope: Scope, step: Step): PlanLine {
  const phase = indexOf(runbook).phase(step.phase);
  const base = {
    step: step.id,
    phase: phase.id,
    title: step.title,
    kind: step.body.kind,
    asks: asksOf(runbook, step),
    pointOfNoReturn: step.body.kind === 'uses' && step.body.irreversible,
  };
  const condition = decide(scope, phase.if, step.if);
  if (condition.decision === 'skipped') return { ...base, ...condition };
  return { ...base, ...condition, ...inputOf(scope, step) };
}

function decide(scope: Scope, ...conditions: readonly (string | undefined)[]): Pick<PlanLine, 'decision' | 'reason'> {
  for (const condition of conditions) {
    if (condition === undefined) continue;
    const result = evaluatePartial(condition, scope);
    if (!result.known) return { decision: 'depends', reason: `decided by ${result.on.join(', ')}` };
    if (result.value !== true) return { decision: 'skipped', reason: `not ${condition}` };
  }
  return { decision: 'runs' };
}

function asksOf(runbook: Runbook, step: Step): readonly string[] {
  switch (step.body.kind) {
    case 'task':
      return (step.owner ?? indexOf(runbook).phase(step.phase).owner)?.roles ?? [];
    case 'approve':
    case 'sign_off':
      return step.body.by;
    default:
      return [];
  }
}

function inputOf(scope: Scope, step: Step): Pick<PlanLine, 'name' | 'input'> {
  const { body } = step;
  switch (body.kind) {
    case 'uses':
      return { name: body.action, input: renderPartial(body.with, scope) as JsonObject };
    case 'check':
      return { name: body.probe, input: renderPartial(body.with, scope) as JsonObject };
    case 'document':
      return { name: body.template, input: renderPartial(body.with, scope) as JsonObject };
    default:
      return {};
  }
}
