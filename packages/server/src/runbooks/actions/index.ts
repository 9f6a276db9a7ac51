import { type Connector, defineConnector } from '../../connectors/kit/index.ts';
import type { RunActionDeps } from './context.ts';
import { moveGoLiveAction } from './move-go-live.ts';
import { stateCheck } from './state.ts';
import { takeBackAction } from './take-back.ts';

/** `run.*`: what a runbook about a run may do with that run. */
export const runActions = (deps: RunActionDeps): Connector =>
  defineConnector({
    name: 'run',
    actions: [takeBackAction(deps), moveGoLiveAction(deps)],
    checks: [stateCheck(deps)],
  });
