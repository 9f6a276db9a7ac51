import { type Connector, defineConnector } from '../../connectors/kit/index.ts';
import { auditTrailCheck, contactsCheck, settingsCheck } from './checks.ts';
import { setFeaturesAction, setLimitsAction, setPlanAction } from './configuration.ts';
import { setContactsAction } from './contacts.ts';
import type { TenantActionDeps } from './context.ts';
import { createAction } from './create.ts';
import { lifeCheck } from './life.ts';
import { planImpactCheck } from './plan-impact.ts';
import { setStatusAction } from './set-status.ts';
import { reinstateAction, suspendAction } from './suspend.ts';

export { type TenantActionDeps, tenantOf } from './context.ts';

/** `tenant.*`: what a runbook may do with the registry. */
export const tenantActions = (deps: TenantActionDeps): Connector =>
  defineConnector({
    name: 'tenant',
    actions: [
      createAction(deps),
      setPlanAction(deps),
      setLimitsAction(deps),
      setFeaturesAction(deps),
      setStatusAction(deps),
      setContactsAction(deps),
      suspendAction(deps),
      reinstateAction(deps),
    ],
    checks: [settingsCheck(deps), contactsCheck(deps), auditTrailCheck(deps), lifeCheck(deps), planImpactCheck(deps)],
  });
