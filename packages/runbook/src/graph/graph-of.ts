/** The graph of a runbook, as it will run. */
import { type Phase, type Runbook, type Step, stepsOf } from '../definition.ts';

export interface GraphNode {
  readonly id: string;
  readonly type: 'phase' | 'step';
  readonly title: string;
  /** Of steps: the kind and the phase. */
  readonly kind?: Step['body']['kind'];
  readonly phase?: string;
  /** The condition under which it runs at all. */
  readonly if?: string;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `needs`: between steps or between phases. `contains`: a phase and the steps that start with it. */
  readonly type: 'needs' | 'contains';
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Node ids: `phase:ID` and `step:ID`, because a phase and a step may share a name. */
export function graphOf(runbook: Runbook): Graph {
  const nodes = runbook.phases.flatMap((phase) => [phaseNode(phase), ...phase.steps.map(stepNode)]);
  const between = runbook.phases.flatMap((phase) =>
    phase.needs.map((need) => edge(`phase:${need}`, `phase:${phase.id}`, 'needs')),
  );
  const inside = stepsOf(runbook).flatMap((step) =>
    step.needs.length === 0
      ? [edge(`phase:${step.phase}`, `step:${step.id}`, 'contains')]
      : step.needs.map((need) => edge(`step:${need}`, `step:${step.id}`, 'needs')),
  );
  return { nodes, edges: [...between, ...inside] };
}

const edge = (from: string, to: string, type: GraphEdge['type']): GraphEdge => ({ from, to, type });

const phaseNode = (phase: Phase): GraphNode => ({
  id: `phase:${phase.id}`,
  type: 'phase',
  title: phase.title,
  ...(phase.if === undefined ? {} : { if: phase.if }),
});

const stepNode = (step: Step): GraphNode => ({
  id: `step:${step.id}`,
  type: 'step',
  title: step.title,
  kind: step.body.kind,
  phase: step.phase,
  ...(step.if === undefined ? {} : { if: step.if }),
});

const TITLE_MAX = 60;

/** Titles may hold quotes, brackets and line ends; both formats take them escaped inside quotes. */
function label(node: GraphNode): string {
  const title = node.title.replace(/\s+/g, ' ').trim() || node.id;
  return title.length > TITLE_MAX ? `${title.slice(0, TITLE_MAX - 1)}…` : title;
}

/** A Mermaid flowchart with one subgraph for each phase. */
export function toMermaid(graph: Graph): string {
  const escaped = (text: string): string => text.replace(/[#"&<>`]/g, (character) => `#${character.charCodeAt(0)};`);
  const name = (id: string): string => id.replace(':', '_');
  const lines = ['flowchart TD'];
  for (const phase of graph.nodes.filter((node) => node.type === 'phase')) {
    lines.push(`  subgraph ${name(phase.id)}["${escaped(label(phase))}"]`);
    for (const step of graph.nodes.filter((node) => `phase:${node.phase}` === phase.id)) {
      lines.push(`    ${name(step.id)}["${escaped(label(step))}"]`);
    }
    lines.push('  end');
  }
  for (const { from, to, type } of graph.edges) if (type === 'needs') lines.push(`  ${name(from)} --> ${name(to)}`);
  return `${lines.join('\n')}\n`;
}

/** A Graphviz digraph with one cluster for each phase. */
export function toDot(graph: Graph): string {
  const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
  const lines = ['digraph runbook {', '  rankdir=TB;', '  compound=true;', '  node [shape=box];'];
  for (const [index, phase] of graph.nodes.filter((node) => node.type === 'phase').entries()) {
    lines.push(
      `  subgraph cluster_${index} {`,
      `    label=${quote(label(phase))};`,
      `    ${quote(phase.id)} [shape=point];`,
    );
    for (const step of graph.nodes.filter((node) => `phase:${node.phase}` === phase.id)) {
      lines.push(`    ${quote(step.id)} [label=${quote(label(step))}];`);
    }
    lines.push('  }');
  }
  for (const { from, to } of graph.edges) lines.push(`  ${quote(from)} -> ${quote(to)};`);
  return `${[...lines, '}'].join('\n')}\n`;
}
