/**
 * Look-ups over a runbook, worked out once for each definition object: steps and phases by id, and the order
 * the graph forces, phases included.
 */
import { bug } from '@tenantry/contract';
import type { Body, Phase, Runbook, Step } from './definition.ts';

export interface RunbookIndex {
  step(id: string): Step;
  hasStep(id: string): boolean;
  phase(id: string): Phase;
  /** Steps that are an approval or sign-off, or may become one by choice. */
  readonly decisions: readonly string[];
  /**
   * What must be settled before a node may start. Nodes are step ids and, for the walls between phases,
   * `<phase` (the phase opens) and `>phase` (it closes).
   */
  readonly before: ReadonlyMap<string, readonly string[]>;
}

const indexes = new WeakMap<Runbook, RunbookIndex>();

export function indexOf(runbook: Runbook): RunbookIndex {
  let index = indexes.get(runbook);
  if (index === undefined) {
    index = buildIndex(runbook);
    indexes.set(runbook, index);
  }
  return index;
}

function buildIndex(runbook: Runbook): RunbookIndex {
  const phases = new Map(runbook.phases.map((phase) => [phase.id, phase]));
  const steps = new Map(runbook.phases.flatMap((phase) => phase.steps.map((step) => [step.id, step] as const)));
  const before = new Map<string, readonly string[]>();
  for (const phase of runbook.phases) {
    before.set(
      `<${phase.id}`,
      phase.needs.map((needed) => `>${needed}`),
    );
    before.set(`>${phase.id}`, [`<${phase.id}`, ...phase.steps.map((step) => step.id)]);
    for (const step of phase.steps) before.set(step.id, [`<${phase.id}`, ...step.needs]);
  }
  return {
    before,
    decisions: [...steps.values()].filter(mayDecide).map((step) => step.id),
    hasStep: (id) => steps.has(id),
    step: (id) => steps.get(id) ?? missing('step', id),
    phase: (id) => phases.get(id) ?? missing('phase', id),
  };
}

const mayDecide = ({ body }: Step): boolean =>
  isDecision(body) || (body.kind === 'choose' && Object.values(body.options).some(isDecision));

const isDecision = ({ kind }: Body): boolean => kind === 'approve' || kind === 'sign_off';

function missing(kind: string, id: string): never {
  throw bug(`${kind} ${id} is not in the runbook`);
}

/** Every node that must come before any of `nodes`, found by one walk backwards. */
export function ancestorsOf(index: RunbookIndex, nodes: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const earlier of index.before.get(node) ?? []) {
      if (found.has(earlier)) continue;
      found.add(earlier);
      open.push(earlier);
    }
  }
  return found;
}
