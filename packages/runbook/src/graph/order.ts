/** Who surely settles before whom: the effective order of a runbook, phases and steps together. */
import { type Phase, type Runbook, stepsOf } from '../definition.ts';

export interface Order {
  /** True when `step` starts only after `other` is settled. */
  stepAfterStep(step: string, other: string): boolean;
  /** True when `phase` opens only after `other` is closed. */
  phaseAfterPhase(phase: string, other: string): boolean;
  /** The phase a step stands in. */
  phaseOf(step: string): string | undefined;
  /** Steps that wait for each other, each list one cycle; then the same for phases. */
  readonly stepCycles: readonly (readonly string[])[];
  readonly phaseCycles: readonly (readonly string[])[];
}

/** One bit for each node; a runbook of ten thousand steps needs about 12 MB. */
type Bits = Uint32Array;

export function effectiveOrder(runbook: Runbook): Order {
  const phases = closure(runbook.phases.map((phase) => ({ id: phase.id, needs: phase.needs })));
  const steps = stepsOf(runbook);
  const within = closure(steps.map((step) => ({ id: step.id, needs: step.needs })));
  const phaseByStep = new Map(steps.map((step) => [step.id, step.phase]));
  const phaseAfterPhase = (phase: string, other: string): boolean => phases.reaches(phase, other);
  return {
    phaseAfterPhase,
    phaseOf: (step) => phaseByStep.get(step),
    stepAfterStep: (step, other) => {
      const phase = phaseByStep.get(step);
      const otherPhase = phaseByStep.get(other);
      if (phase === undefined || otherPhase === undefined) return false;
      if (within.reaches(step, other)) return true;
      return (
        phase !== otherPhase &&
        (phaseAfterPhase(phase, otherPhase) || throughNeeds(runbook, within, phaseAfterPhase, phase, step, otherPhase))
      );
    },
    stepCycles: within.cycles,
    phaseCycles: phases.cycles,
  };
}

/** A need into another phase brings along every phase that one waits for. */
function throughNeeds(
  runbook: Runbook,
  within: Closure,
  phaseAfterPhase: (phase: string, other: string) => boolean,
  phase: string,
  step: string,
  otherPhase: string,
): boolean {
  return runbook.phases.some(
    (candidate: Phase) =>
      candidate.id !== phase &&
      phaseAfterPhase(candidate.id, otherPhase) &&
      candidate.steps.some((through) => within.reaches(step, through.id)),
  );
}

interface Node {
  readonly id: string;
  readonly needs: readonly string[];
}

interface Closure {
  reaches(from: string, to: string): boolean;
  readonly cycles: readonly (readonly string[])[];
}

function closure(nodes: readonly Node[]): Closure {
  const index = new Map(nodes.map((node, position) => [node.id, position]));
  const words = Math.ceil(nodes.length / 32);
  const before: Bits[] = nodes.map(() => new Uint32Array(words));
  const { sorted, rest } = sort(nodes, index);
  for (const position of sorted) {
    for (const need of nodes[position]?.needs ?? []) {
      const at = index.get(need);
      const own = before[position];
      if (at === undefined || own === undefined) continue;
      own[at >>> 5] = (own[at >>> 5] ?? 0) | (1 << (at & 31));
      const inherited = before[at];
      if (inherited !== undefined)
        for (let word = 0; word < words; word += 1) own[word] = (own[word] ?? 0) | (inherited[word] ?? 0);
    }
  }
  return {
    reaches: (from, to) => {
      const at = index.get(to);
      const bits = before[index.get(from) ?? -1];
      return at !== undefined && bits !== undefined && ((bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
    },
    cycles: cyclesIn(nodes, index, rest),
  };
}

/** Kahn's order; `rest` is what stands in or behind a cycle. */
function sort(
  nodes: readonly Node[],
  index: ReadonlyMap<string, number>,
): { sorted: readonly number[]; rest: ReadonlySet<number> } {
  const dependents: number[][] = nodes.map(() => []);
  const open = nodes.map((node, position) => {
    const needs = [...new Set(node.needs)].flatMap((need) => index.get(need) ?? []);
    for (const need of needs) dependents[need]?.push(position);
    return needs.length;
  });
  const sorted = open.flatMap((count, position) => (count === 0 ? [position] : []));
  for (let next = 0; next < sorted.length; next += 1) {
    for (const dependent of dependents[sorted[next] ?? -1] ?? []) {
      open[dependent] = (open[dependent] ?? 0) - 1;
      if (open[dependent] === 0) sorted.push(dependent);
    }
  }
  const done = new Set(sorted);
  return { sorted, rest: new Set([...nodes.keys()].filter((position) => !done.has(position))) };
}

/** Follows needs inside the rest until a node comes again. */
function cyclesIn(
  nodes: readonly Node[],
  index: ReadonlyMap<string, number>,
  rest: ReadonlySet<number>,
): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const seen = new Set<number>();
  for (const start of rest) {
    const trail: number[] = [];
    let at: number | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      trail.push(at);
      at = nodes[at]?.needs.map((need) => index.get(need)).find((need) => need !== undefined && rest.has(need));
    }
    const from = at === undefined ? -1 : trail.indexOf(at);
    if (from >= 0) cycles.push(trail.slice(from).map((position) => nodes[position]?.id ?? ''));
  }
  return cycles;
}
