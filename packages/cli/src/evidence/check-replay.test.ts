import type { Runbook, RunState } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { checkReplay } from './check-replay.ts';
import type { EventsDocument, RunDocument } from './pack-documents.ts';
import type { PackProblem } from './pack-problem.ts';

const documentOf = (revision: number): RunDocument => ({
  schema: 'tenantry.evidence/1',
  run: { id: 'run_1', revision, title: 'A run', status: 'halted' },
  runbook: { hash: '', definition: {} as Runbook, earlier: {}, files: {} },
  start: { facts: null },
  state: { status: 'halted' } as RunState,
  artifacts: [],
});
const eventsOf = (...types: readonly string[]) =>
  types.map((type, index) => ({
    revision: index + 1,
    event: { type, at: '' },
    steps: [],
  })) as unknown as EventsDocument['events'];

const check = (...types: readonly string[]) => {
  const problems: PackProblem[] = [];
  const events: EventsDocument = { schema: 'tenantry.evidence-events/1', run: 'run_1', events: eventsOf(...types) };
  const notes = checkReplay(documentOf(types.length), events, problems);
  return { notes, kinds: problems.map((problem) => `${problem.kind} ${problem.file}`) };
};

describe('a pack without the facts the run started from', () => {
  it('says that it was not replayed when the intake was mended', () => {
    const { notes, kinds } = check('started', 'intake_mended');
    expect(kinds).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('were not replayed')]);
  });

  it('is refused when nothing explains why they are missing', () => {
    expect(check('started')).toEqual({ notes: [], kinds: ['replay run.json'] });
  });
});
