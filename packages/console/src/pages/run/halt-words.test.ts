import type { EvidenceView, RunView } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { haltWords } from './halt-words.ts';

type Halt = RunView['halts'][number];

const failed = (code: string, message = 'It failed.', next?: string): Halt => ({
  step: 'quota',
  status: 'failed',
  failure: { code, message, retryable: false, ...(next === undefined ? {} : { next }) },
  help: null,
});

const evidence = (row: Partial<EvidenceView>): EvidenceView => ({
  id: 'evd_1',
  step: 'quota',
  round: 1,
  try: 1,
  kind: 'verify',
  ok: false,
  expected: null,
  actual: null,
  actor: {},
  at: '2026-11-20T09:00:00.000Z',
  ...row,
});

const told = (halt: Halt, rows: readonly EvidenceView[] = []): string => {
  const { happened, cause, next } = haltWords(halt, rows);
  return [happened, cause, next].join(' | ');
};

describe('RUN-27: every reason a run halts for is told with its cause and the next action', () => {
  it.each([
    [
      'run.check_failed',
      'The system was read and is not as the runbook asks for. | Put right what was read, then try again.',
    ],
    [
      'run.timeout',
      'It was not settled within the time the runbook gives it. | See what it waited for; then try again, or let it pass with a reason.',
    ],
    ['run.refused', 'Somebody said no. | Read their note, mend what they name, and begin the phase anew or try again.'],
    ['run.child_failed', 'The run that this step stands for did not complete. | Open that run and recover it first.'],
    [
      'run.resolved',
      'Somebody found that the call had not taken effect. | Try again: the call is made as if for the first time.',
    ],
    [
      'runbook.expression',
      'A condition or text of the runbook cannot be worked out from what is known. | Mend the intake where it lacks something; else publish a new version and migrate the run to it.',
    ],
    [
      'connector.unreachable',
      'The other system did not answer: it is down, or the network between is. | Look whether it is up, then try again.',
    ],
    ['connector.timeout', 'The other system did not answer in time. | Look whether it is overloaded, then try again.'],
    [
      'connector.unauthorized',
      'The credentials of the connection are wrong, expired or revoked. | Renew them in the environment of the product, then try again.',
    ],
    [
      'connector.refused',
      'The other system understood the request and refused it. | Read its reason; mend the intake or the other system, then try again.',
    ],
    [
      'connector.not_found',
      'What the step works on is not there in the other system. | See whether somebody removed it, then try again.',
    ],
    [
      'connector.conflict',
      'Something else holds the name, or was changed by somebody else meanwhile. | See who owns it. Rename one, or hand it over, then try again.',
    ],
    ['connector.throttled', 'The other system asks for fewer requests. | Wait a little, then try again.'],
    [
      'connector.exhausted',
      'A quota or limit of the other system is used up. | Raise it or free some, then try again.',
    ],
    [
      'connector.malformed',
      'The other system answered something that cannot be read: perhaps a proxy, or another release of it. | Open its address by hand and compare, then try again.',
    ],
    [
      'internal.bug',
      'An unforeseen fault of the step itself. | Report it with the time and the id of the run. Trying again is safe where the step says so.',
    ],
    [
      'tenant.slug_taken',
      'The reason above is the whole of what is known. | Put it right, then try again; or let it pass with a reason.',
    ],
  ])('%s', (code, words) => {
    expect(told(failed(code))).toBe(`It failed. | ${words}`);
  });

  it('an uncertain call, and an undo that failed', () => {
    expect(told({ step: 'quota', status: 'uncertain', failure: null, help: null })).toBe(
      'The call was interrupted, and whether it took effect is not known. | The process or the connection ended between call and answer, and the other side cannot be asked. | Look in the other system, then say what you found. The call is never repeated without that.',
    );
    expect(told({ step: 'quota', status: 'undo_failed', failure: null, help: null })).toBe(
      'What the step made could not be taken back. | The other system refused or did not answer while it was being taken back. | Remove it by hand or mend the connection, then try again. What does not depend on it was taken back.',
    );
  });

  it('what the step itself says to do next comes first', () => {
    expect(haltWords(failed('connector.refused', 'No.', 'Call them.'), []).next).toBe('Call them.');
  });
});

describe('expected and actual', () => {
  it('are those of the last proof that failed, and of this step', () => {
    const rows = [
      evidence({ id: 'evd_old', expected: { holds: 'output.cpu == "2"' }, actual: { output: { cpu: '1' } } }),
      evidence({ id: 'evd_new', expected: { holds: 'output.cpu == "4"' }, actual: { output: { cpu: '2' } } }),
      evidence({ id: 'evd_passed', ok: true }),
      evidence({ id: 'evd_other', step: 'other' }),
    ];
    expect(haltWords(failed('run.check_failed'), rows)).toMatchObject({
      expected: 'output.cpu == "4"',
      actual: { cpu: '2' },
      evidence: { id: 'evd_new' },
    });
  });

  it('a call that failed read nothing, and says so by leaving it out', () => {
    const row = evidence({ expected: {}, actual: { code: 'connector.refused', message: 'no' } });
    expect(haltWords(failed('connector.refused'), [row])).toMatchObject({ expected: undefined, actual: undefined });
  });
});
