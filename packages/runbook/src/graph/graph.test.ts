import { describe, expect, it } from 'vitest';
import type { Runbook } from '../definition.ts';
import { parseRunbook } from '../parse/parse-runbook.ts';
import { drafts, readDraftFile } from '../testing/drafts.ts';
import { graphOf, toDot, toMermaid } from './graph-of.ts';
import { effectiveOrder } from './order.ts';

const HEAD = 'runbook: a\nversion: "1.0"\ntitle: A\nowner: ops\nsubject: tenant\nroles: { e: { title: E } }\n';

function parse(body: string): Runbook {
  const { runbook, faults } = parseRunbook(HEAD + body, { file: 'x', read: () => undefined });
  if (runbook === undefined) throw new Error(JSON.stringify(faults));
  return runbook;
}

const runbook = parse(`phases:
  - { id: one, title: 'First "phase" <b>', steps: [{ id: a, uses: x.y }, { id: b, uses: x.y, if: tenant.id == "1" }] }
  - { id: two, parallel: true, steps: [{ id: c, uses: x.y }, { id: d, uses: x.y }, { id: e, uses: x.y, needs: [c, d] }] }
  - { id: three, needs: [one], steps: [{ id: f, uses: x.y }, { id: g, uses: x.y, needs: [e] }] }
`);

describe('effectiveOrder', () => {
  const order = effectiveOrder(runbook);

  it.each([
    ['b', 'a', true],
    ['a', 'b', false],
    ['c', 'b', true],
    ['d', 'c', false],
    ['e', 'a', true],
    ['f', 'a', true],
    ['f', 'c', false],
    ['g', 'e', true],
    ['g', 'c', true],
    ['g', 'f', false],
    ['a', 'a', false],
    ['a', 'nowhere', false],
  ])('%s waits for %s: %s', (step, other, expected) => {
    expect(order.stepAfterStep(step, other)).toBe(expected);
  });

  it('phases wait through each other', () => {
    expect(order.phaseAfterPhase('two', 'one')).toBe(true);
    expect(order.phaseAfterPhase('three', 'two')).toBe(false);
    expect(order.stepCycles).toEqual([]);
  });

  it('finds every cycle once', () => {
    const tangled = parse(
      'phases: [{ id: p, parallel: true, steps: [{ id: a, uses: x.y, needs: [b] }, { id: b, uses: x.y, needs: [a] }, { id: c, uses: x.y, needs: [c] }, { id: d, uses: x.y, needs: [a] }] }]',
    );
    expect(effectiveOrder(tangled).stepCycles).toEqual([['a', 'b'], ['c']]);
  });
});

describe('graphOf', () => {
  it('has a node for each phase and step, and an edge for each effective need', () => {
    const { nodes, edges } = graphOf(runbook);
    expect(nodes).toHaveLength(10);
    expect(nodes.find((node) => node.id === 'step:b')).toMatchObject({
      kind: 'uses',
      phase: 'one',
      if: 'tenant.id == "1"',
    });
    expect(edges.filter((edge) => edge.type === 'needs').map((edge) => `${edge.from} ${edge.to}`)).toEqual([
      'phase:one phase:two',
      'phase:one phase:three',
      'step:a step:b',
      'step:c step:e',
      'step:d step:e',
      'step:e step:g',
    ]);
  });

  it('draws Mermaid and DOT with hostile titles escaped', () => {
    const mermaid = toMermaid(graphOf(runbook));
    expect(mermaid).toContain('subgraph phase_one["First #34;phase#34; #60;b#62;"]');
    expect(mermaid).toContain('step_a --> step_b');
    const dot = toDot(graphOf(runbook));
    expect(dot).toContain('label="First \\"phase\\" <b>";');
    expect(dot).toContain('"step:e" -> "step:g";');
  });

  it.each(drafts)('$file can be drawn', ({ file, source }) => {
    const { runbook: draft } = parseRunbook(source, { file, read: readDraftFile });
    if (draft === undefined) throw new Error(file);
    const graph = graphOf(draft);
    const ids = new Set(graph.nodes.map((node) => node.id));
    for (const { from, to } of graph.edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true]);
    expect(
      toMermaid(graph)
        .split('\n')
        .filter((line) => line.trim() === 'end'),
    ).toHaveLength(draft.phases.length);
  });
});
