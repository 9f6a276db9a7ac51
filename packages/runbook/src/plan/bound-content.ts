/**
 * What an approval or sign-off is bound to: the current content of everything its `of` names. The server
 * hashes it; when it changes, an earlier yes no longer counts.
 */
import { canonicalJson } from '@tenantry/contract';
import type { RunState } from '../advance/index.ts';
import type { ApproveBody, Runbook, SignOffBody } from '../definition.ts';

/** Canonical JSON of the bound content: the bytes to hash. */
export function boundContent(runbook: Runbook, state: RunState, body: ApproveBody | SignOffBody): string {
  const statement = body.kind === 'sign_off' ? body.statement : undefined;
  return canonicalJson({
    run: state.facts.run.id,
    statement,
    of: Object.fromEntries(body.of.map((name) => [name, partOf(runbook, state, name)])),
  });
}

function partOf(runbook: Runbook, state: RunState, name: string): unknown {
  const [kind, id = ''] = name.split('.');
  switch (kind) {
    case 'artifacts':
      return state.artifacts[id] ?? null;
    case 'steps': {
      const step = state.steps[id];
      return step === undefined ? null : { status: step.status, output: step.output ?? null };
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
