/**
 * What an approval or sign-off is bound to: the current content of everything its `of` names, and its SHA-256.
 * When it changes, an earlier yes no longer counts (RUN-34).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '@tenantry/contract';
import type { ApproveBody, Runbook, SignOffBody } from '../definition.ts';
import type { RunState, StepState } from './state.ts';

/** The part of a run that decisions can be bound to. */
export type Bindable = Pick<RunState, 'facts' | 'artifacts'> & {
  step(id: string): RunState['steps'][string] | undefined;
};

/** Canonical JSON of the bound content: the bytes that are hashed. */
export function boundContent(runbook: Runbook, state: Bindable, body: ApproveBody | SignOffBody): string {
  const statement = body.kind === 'sign_off' ? body.statement : undefined;
  return canonicalJson({
    run: state.facts.run.id,
    statement,
    of: Object.fromEntries(body.of.map((name) => [name, partOf(runbook, state, name)])),
  });
}

/** Lower-case hex. */
export const sha256Of = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

export const boundHash = (runbook: Runbook, state: Bindable, body: ApproveBody | SignOffBody): string =>
  sha256Of(boundContent(runbook, state, body));

/** `boundHash` of a run at rest: what people decide on now. */
export const decisionHash = (runbook: Runbook, state: RunState, body: ApproveBody | SignOffBody): string =>
  boundHash(runbook, { facts: state.facts, artifacts: state.artifacts, step: (id) => state.steps[id] }, body);

/** What is temporary goes when its phase closes; that changes nothing of what people agreed to. */
const settledStatus = ({ status, releasing }: StepState): StepState['status'] => releasing?.status ?? status;

function partOf(runbook: Runbook, state: Bindable, name: string): unknown {
  const [kind, id = ''] = name.split('.');
  switch (kind) {
    case 'artifacts':
      return state.artifacts[id] ?? null;
    case 'steps': {
      const step = state.step(id);
      return step === undefined ? null : { status: settledStatus(step), output: step.output ?? null };
    }
    case 'intake':
      return state.facts.intake;
    case 'plan':
      return {
        facts: { intake: state.facts.intake, vars: state.facts.vars },
        runbook: { id: runbook.id, version: runbook.version },
      };
    default:
      return runbook;
  }
}
