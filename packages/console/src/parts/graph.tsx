/** Phases from left to right, the steps of each from top to bottom. Loaded only where it is looked at. */
import '@xyflow/react/dist/style.css';
import dagre from '@dagrejs/dagre';
import { useComputedColorScheme } from '@mantine/core';
import { Controls, type Edge, type Node, Position, ReactFlow } from '@xyflow/react';
import { type ReactNode, useMemo } from 'react';
import { toneOf, words } from './status.tsx';

export interface GraphStep {
  readonly id: string;
  readonly title: string;
  readonly phase: string;
  readonly needs: readonly string[];
  /** Of a run; the kind of step otherwise. */
  readonly status?: string;
  readonly kind: string;
}

export interface GraphPhase {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly string[];
}

interface GraphProps {
  readonly phases: readonly GraphPhase[];
  readonly steps: readonly GraphStep[];
  readonly onOpen?: (step: string) => void;
}

const WIDTH = 200;
const HEIGHT = 62;
const GAP = 16;
const HEAD = 40;
const PADDING = 12;

export function Graph({ phases, steps, onOpen }: GraphProps): ReactNode {
  const scheme = useComputedColorScheme();
  // Places change with the shape alone, and a step's state is no part of it.
  const shape = JSON.stringify([phases, steps.map(({ id, phase }) => [id, phase])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that the layout reads
  const groups = useMemo(() => layOut(phases, steps), [shape]);
  const nodes: Node[] = phases.flatMap((phase) => {
    const own = steps.filter((step) => step.phase === phase.id);
    return [phaseNode(phase, own.length, groups), ...own.map((step, index) => stepNode(step, index))];
  });
  return (
    <div className="graph">
      <ReactFlow
        // Another shape is another picture: it is fitted into the frame anew.
        key={shape}
        nodes={nodes}
        edges={[...phaseEdges(phases), ...stepEdges(steps)]}
        colorMode={scheme}
        fitView
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        proOptions={{ hideAttribution: true }}
        {...(onOpen === undefined
          ? {}
          : { onNodeClick: (_event, node) => node.parentId !== undefined && onOpen(node.id) })}
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

const groupId = (phase: string): string => `phase ${phase}`;
const heightOf = (steps: number): number => HEAD + Math.max(steps, 1) * (HEIGHT + GAP) + PADDING;

type Places = ReadonlyMap<string, { readonly x: number; readonly y: number }>;

const phaseNode = (phase: GraphPhase, steps: number, places: Places): Node => ({
  id: groupId(phase.id),
  type: 'default',
  position: places.get(phase.id) ?? { x: 0, y: 0 },
  sourcePosition: Position.Right,
  targetPosition: Position.Left,
  data: { label: phase.title },
  style: { width: WIDTH + 2 * PADDING, height: heightOf(steps) },
  className: 'graph-phase',
  selectable: false,
  focusable: false,
});

const stepNode = (step: GraphStep, index: number): Node => ({
  id: step.id,
  parentId: groupId(step.phase),
  position: { x: PADDING, y: HEAD + index * (HEIGHT + GAP) },
  sourcePosition: Position.Bottom,
  targetPosition: Position.Top,
  data: { label: <Label step={step} /> },
  style: { width: WIDTH, height: HEIGHT },
  className: `node tone-${toneOf(step.status ?? '')}`,
  ariaLabel: `${step.title}, ${words(step.status ?? step.kind)}`,
});

const phaseEdges = (phases: readonly GraphPhase[]): Edge[] =>
  phases.flatMap(({ id, needs }) =>
    needs.map((need) => ({ id: `phase ${need}>${id}`, source: groupId(need), target: groupId(id), focusable: false })),
  );

/** Within a phase; what reaches across shows in the step itself. */
function stepEdges(steps: readonly GraphStep[]): Edge[] {
  const phaseOf = new Map(steps.map(({ id, phase }) => [id, phase]));
  return steps.flatMap(({ id, phase, needs }) =>
    needs
      .filter((need) => phaseOf.get(need) === phase)
      .map((need) => ({ id: `${need}>${id}`, source: need, target: id, focusable: false, zIndex: 1 })),
  );
}

const Label = ({ step }: { readonly step: GraphStep }): ReactNode => (
  <>
    <span className="node-title">{step.title}</span>
    <span className="node-state">{words(step.status ?? step.kind)}</span>
  </>
);

/** Of the phases. dagre gives centres, and the picture wants corners, in one line at the top. */
function layOut(phases: readonly GraphPhase[], steps: readonly GraphStep[]): Places {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 40, ranksep: 50, align: 'UL' });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of phases) {
    const height = heightOf(steps.filter(({ phase }) => phase === id).length);
    graph.setNode(id, { width: WIDTH + 2 * PADDING, height });
  }
  for (const { id, needs } of phases) for (const need of needs) graph.setEdge(need, id);
  dagre.layout(graph);
  const alone = new Map<number, number>();
  for (const { id } of phases) alone.set(graph.node(id).x, (alone.get(graph.node(id).x) ?? 0) + 1);
  return new Map(
    phases.map(({ id }) => {
      const { x, y, height } = graph.node(id);
      return [id, { x: x - WIDTH / 2 - PADDING, y: alone.get(x) === 1 ? 0 : y - height / 2 }];
    }),
  );
}
