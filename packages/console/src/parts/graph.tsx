/** A graph of phases and steps, laid out from left to right. Loaded only where it is looked at. */
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

interface GraphProps {
  readonly steps: readonly GraphStep[];
  readonly onOpen?: (step: string) => void;
}

const WIDTH = 190;
const HEIGHT = 64;

export function Graph({ steps, onOpen }: GraphProps): ReactNode {
  const scheme = useComputedColorScheme();
  // Positions change with the shape alone, and a step's state does not change it.
  const shape = steps.map(({ id, needs }) => `${id}<${needs.join(',')}`).join(';');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all of `steps` that the layout reads
  const places = useMemo(() => layOut(steps), [shape]);
  const nodes: Node[] = steps.map((step) => ({
    id: step.id,
    position: places.get(step.id) ?? { x: 0, y: 0 },
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
    data: { label: <Label step={step} /> },
    style: { width: WIDTH, height: HEIGHT },
    className: `node tone-${toneOf(step.status ?? '')}`,
    ariaLabel: `${step.title}, ${words(step.status ?? step.kind)}`,
  }));
  const known = new Set(steps.map(({ id }) => id));
  const edges: Edge[] = steps.flatMap(({ id, needs }) =>
    needs
      .filter((need) => known.has(need))
      .map((need) => ({ id: `${need}>${id}`, source: need, target: id, focusable: false })),
  );
  return (
    <div className="graph">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        colorMode={scheme}
        fitView
        minZoom={0.1}
        nodesDraggable={false}
        nodesConnectable={false}
        proOptions={{ hideAttribution: true }}
        {...(onOpen === undefined ? {} : { onNodeClick: (_event, node) => onOpen(node.id) })}
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

const Label = ({ step }: { readonly step: GraphStep }): ReactNode => (
  <>
    <span className="node-title">{step.title}</span>
    <span className="node-state">{words(step.status ?? step.kind)}</span>
  </>
);

/** dagre gives centres, and the picture wants corners. */
function layOut(steps: readonly GraphStep[]): ReadonlyMap<string, { readonly x: number; readonly y: number }> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 50 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of steps) graph.setNode(id, { width: WIDTH, height: HEIGHT });
  const known = new Set(steps.map(({ id }) => id));
  for (const { id, needs } of steps) for (const need of needs) if (known.has(need)) graph.setEdge(need, id);
  dagre.layout(graph);
  return new Map(
    steps.map(({ id }) => {
      const { x, y } = graph.node(id);
      return [id, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
}
