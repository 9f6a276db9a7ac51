/** What people do to a run besides answering it: a retry, an override, another round, another go-live, an end. */
import { factsOf, type RunEvent } from '../advance/index.ts';
import type { JsonObject, Runbook } from '../definition.ts';
import type { Deed, Happening } from './fixture.ts';
import { mergePatch, sealTexts } from './json-values.ts';
import { personOf } from './people.ts';
import type { Stage, World } from './world.ts';

const REASON = 'the fixture says so';

/** In the role the fixture names, else in one that may. */
export function happeningEvent({ runbook }: Stage, world: World, { deed, by: role }: Happening): RunEvent {
  const { at, state } = world;
  const by = personOf(runbook, role ?? usualRole(runbook, deed));
  switch (deed.do) {
    case 'retry':
      return { type: 'retry', at, step: deed.what };
    case 'override':
      return { type: 'overridden', at, step: deed.what, by, reason: REASON };
    case 'override_gate':
      return { type: 'gate_overridden', at, phase: deed.phase, label: deed.label, by, reason: REASON };
    case 'take_over':
      return { type: 'taken_over', at, step: deed.what, by };
    case 'reopen':
      return { type: 'reopened', at, phase: deed.what, by, reason: REASON, ...(deed.undo ? { undo: true } : {}) };
    case 'go_live_moved':
      return { type: 'go_live_moved', at, go_live: deed.what, by, reason: REASON };
    case 'resolve':
      return { type: 'resolved', at, step: deed.what, by, outcome: deed.outcome, output: {}, reason: REASON };
    case 'mend_intake': {
      const change = sealTexts(deed.intake, runbook.intake, 'intake') as JsonObject;
      const intake = mergePatch(state.facts.intake, change);
      return { type: 'intake_mended', at, intake, vars: factsOf(runbook, { ...state.facts, intake }).vars };
    }
    case 'rollback':
      return { type: 'ended_early', at, to: 'rolled_back', undo: true, by, reason: REASON };
    case 'cancel':
      return { type: 'ended_early', at, to: 'cancelled', undo: deed.undo, by, reason: REASON };
  }
}

function usualRole({ may, phases }: Runbook, deed: Deed): string {
  switch (deed.do) {
    case 'rollback':
      return may.rollback[0] ?? '';
    case 'cancel':
      return may.cancel[0] ?? '';
    case 'take_over': {
      const step = phases.flatMap((phase) => phase.steps).find(({ id }) => id === deed.what);
      const owner = step?.owner ?? phases.find(({ id }) => id === step?.phase)?.owner;
      return owner?.roles[0] ?? '';
    }
    default:
      return may.override[0] ?? '';
  }
}
