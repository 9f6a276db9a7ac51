/** What stopped a run, in words: expected, actual, the likely cause, and what to do next. Pure. */
import type { EvidenceView, RunView } from '@tenantry/contract';

type Halt = RunView['halts'][number];

export interface HaltWords {
  /** The condition that had to hold, or what the action set out to reach. */
  readonly expected: unknown;
  /** What was read; undefined where nothing could be. */
  readonly actual: unknown;
  readonly happened: string;
  readonly cause: string;
  readonly next: string;
  /** The evidence row this rests on. */
  readonly evidence: EvidenceView | undefined;
}

const UNSTATED = 'An unforeseen fault of the step itself.';

/** The likely cause of a fault of a connector, and what to do; undefined where its own words have to do. */
export const causeOf = (code: string): readonly [cause: string, next: string] | undefined => CAUSES[code];

/** By code. Everything a step can fail with that is not here is told in the words of the failure alone. */
const CAUSES: Readonly<Record<string, readonly [cause: string, next: string]>> = {
  'run.check_failed': [
    'The system was read and is not as the runbook asks for.',
    'Put right what was read, then try again.',
  ],
  'run.timeout': [
    'It was not settled within the time the runbook gives it.',
    'See what it waited for; then try again, or let it pass with a reason.',
  ],
  'run.refused': ['Somebody said no.', 'Read their note, mend what they name, and begin the phase anew or try again.'],
  'run.child_failed': ['The run that this step stands for did not complete.', 'Open that run and recover it first.'],
  'run.resolved': [
    'Somebody found that the call had not taken effect.',
    'Try again: the call is made as if for the first time.',
  ],
  'runbook.expression': [
    'A condition or text of the runbook cannot be worked out from what is known.',
    'Mend the intake where it lacks something; else publish a new version and migrate the run to it.',
  ],
  'connector.unreachable': [
    'The other system did not answer: it is down, or the network between is.',
    'Look whether it is up, then try again.',
  ],
  'connector.timeout': ['The other system did not answer in time.', 'Look whether it is overloaded, then try again.'],
  'connector.unauthorized': [
    'The credentials of the connection are wrong, expired or revoked.',
    'Renew them in the environment of the product, then try again.',
  ],
  'connector.refused': [
    'The other system understood the request and refused it.',
    'Read its reason; mend the intake or the other system, then try again.',
  ],
  'connector.not_found': [
    'What the step works on is not there in the other system.',
    'See whether somebody removed it, then try again.',
  ],
  'connector.conflict': [
    'Something else holds the name, or was changed by somebody else meanwhile.',
    'See who owns it. Rename one, or hand it over, then try again.',
  ],
  'connector.throttled': ['The other system asks for fewer requests.', 'Wait a little, then try again.'],
  'connector.exhausted': ['A quota or limit of the other system is used up.', 'Raise it or free some, then try again.'],
  'connector.malformed': [
    'The other system answered something that cannot be read: perhaps a proxy, or another release of it.',
    'Open its address by hand and compare, then try again.',
  ],
  'internal.bug': [
    UNSTATED,
    'Report it with the time and the id of the run. Trying again is safe where the step says so.',
  ],
};

const BY_STATUS: Partial<Readonly<Record<Halt['status'], readonly [happened: string, cause: string, next: string]>>> = {
  uncertain: [
    'The call was interrupted, and whether it took effect is not known.',
    'The process or the connection ended between call and answer, and the other side cannot be asked.',
    'Look in the other system, then say what you found. The call is never repeated without that.',
  ],
  undo_failed: [
    'What the step made could not be taken back.',
    'The other system refused or did not answer while it was being taken back.',
    'Remove it by hand or mend the connection, then try again. What does not depend on it was taken back.',
  ],
};

export function haltWords(halt: Halt, evidence: readonly EvidenceView[]): HaltWords {
  const proof = evidence.filter((row) => row.step === halt.step && row.ok === false).at(-1);
  const [happened, statusCause, statusNext] = BY_STATUS[halt.status] ?? [];
  const [cause, next] = CAUSES[halt.failure?.code ?? ''] ?? [];
  return {
    expected: proof === undefined ? undefined : expectedOf(proof.expected),
    actual: proof === undefined ? undefined : actualOf(proof.actual),
    happened: halt.failure?.message ?? happened ?? 'The step failed without saying why.',
    cause: statusCause ?? cause ?? 'The reason above is the whole of what is known.',
    next: halt.failure?.next ?? statusNext ?? next ?? 'Put it right, then try again; or let it pass with a reason.',
    evidence: proof,
  };
}

const expectedOf = (expected: unknown): unknown =>
  filled(memberOf(expected, 'holds') ?? memberOf(expected, 'proof') ?? expected);

/** A failed call read nothing: its failure is told as what happened. */
const actualOf = (actual: unknown): unknown =>
  memberOf(actual, 'code') !== undefined && memberOf(actual, 'message') !== undefined
    ? undefined
    : filled(memberOf(actual, 'proof') ?? memberOf(actual, 'output') ?? actual);

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

const filled = (value: unknown): unknown =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0) ? undefined : value;
