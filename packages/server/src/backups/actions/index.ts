import { type Connector, defineConnector } from '../../connectors/kit/index.ts';
import type { BackupDeps } from '../deps.ts';
import { coverageCheck, freshCheck, listCheck, scheduleCheck } from './checks.ts';
import { createAction, createTenantAction } from './create.ts';
import { restoreAction, restoreTenantAction } from './restore.ts';

/** `backup.*`: what a runbook may do with backups, and what its gates may ask about them. */
export const backupActions = (deps: BackupDeps): Connector =>
  defineConnector({
    name: 'backup',
    actions: [createAction(deps), createTenantAction(deps), restoreAction(deps), restoreTenantAction(deps)],
    checks: [listCheck(deps), freshCheck(deps), coverageCheck(deps), scheduleCheck(deps)],
  });
