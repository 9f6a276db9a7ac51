import { describe, expect, it } from 'vitest';
import { emptyCatalog } from '../catalog.ts';
import { lintRunbook } from '../lint/index.ts';

const lint = (informedOf: string) =>
  lintRunbook(
    `runbook: sample
version: "1.0"
title: Sample
owner: ops
subject: none
roles: { engineer: { title: Engineer }, lead: { title: Lead } }
about:
  raci: { informed: [lead] }
  informed_of: ${informedOf}
phases: [{ id: set_up, owner: lead, steps: [{ id: look, task: Look }] }]
`,
    { file: 'sample.yaml', read: () => undefined, catalog: emptyCatalog },
  );

describe('about.informed_of', () => {
  it('RUN-15: names what a role is told of', () => {
    const { runbook, faults } = lint('{ lead: [halts, end, phases.set_up, steps.look] }');
    expect(faults).toEqual([]);
    expect(runbook?.about.informedOf).toEqual({ lead: ['halts', 'end', 'phases.set_up', 'steps.look'] });
  });

  it.each([
    ['{ engineer: [end] }', 'not-informed', 'Add it to `raci.informed`.'],
    ['{ lead: [halt] }', 'unknown-happening', 'Did you mean `halts`?'],
    ['{ lead: [phases.setup] }', 'unknown-phase', 'Did you mean `set_up`?'],
    ['{ lead: [steps.lok] }', 'unknown-step', 'Did you mean `look`?'],
    ['{ lead: end }', 'wrong-type', 'Write'],
  ])('%s is refused: %s', (written, rule, fix) => {
    expect(lint(written).faults).toEqual([
      expect.objectContaining({ rule, line: 9, fix: expect.stringContaining(fix) }),
    ]);
  });
});
