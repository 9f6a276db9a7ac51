/** An action that does nothing outside, so that what is measured is the engine. */
import { z } from 'zod';
import { defineAction, defineConnector } from '../../packages/server/dist/connectors/kit/index.js';

const input = z.strictObject({ n: z.number() });
const output = z.strictObject({ n: z.number() });

export const idleConnector = () =>
  defineConnector({
    name: 'bench',
    actions: [
      defineAction({
        name: 'bench.step',
        version: 1,
        summary: 'Does nothing',
        delivery: 'idempotent',
        undoability: 'reversible',
        input,
        output,
        plan: async () => ({ changes: [] }),
        apply: async (_ctx, { n }) => ({ output: { n }, resources: [] }),
        verify: async (_ctx, { n }, applied) => ({ ok: true, expected: { n }, actual: { n }, output: applied.output }),
        undo: async () => ({ outcome: 'absent' }),
      }),
    ],
  });

export const RUNBOOK = 'bench';

/**
 * Steps that pass by themselves, one after another.
 *
 * @param {number} steps
 */
export const runbookOf = (steps) => `
runbook: ${RUNBOOK}
version: "1.0"
title: Bench
owner: bench
subject: new_tenant
intake:
  type: object
  required: [slug]
  properties:
    slug: { type: string }
roles:
  engineer: { title: Engineer }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: work
    owner: engineer
    steps:
${Array.from({ length: steps }, (_, n) => `      - id: step_${n}\n        uses: bench.step\n        with: { n: ${n} }`).join('\n')}
`;
