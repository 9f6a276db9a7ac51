/** Every connector and every domain with actions of its own: adding one is one line here. */
import { type BackupDeps, backupActions } from './backups/index.ts';
import { emailConnector } from './connectors/email/index.ts';
import { httpConnector } from './connectors/http/index.ts';
import { intakeConnector } from './connectors/intake/index.ts';
import type { Connector } from './connectors/kit/index.ts';
import { postgresConnector } from './connectors/postgres/index.ts';
import type { Database } from './db/index.ts';
import { hypercareActions, metricsActions } from './hypercare/index.ts';
import { tellFindings } from './hypercare-mails.ts';
import { countPlaces, userActions } from './identity/index.ts';
import { accountLinks } from './identity/provider/routes.ts';
import { enqueueMail } from './notifications/index.ts';
import { runActions } from './runbooks/index.ts';
import { tenantActions } from './tenants/index.ts';
import { type Keyring, vaultActions } from './vault/index.ts';

export interface ConnectorDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly publicUrl: string;
  readonly now: () => Date;
  readonly backups: BackupDeps;
}

export const allConnectors = (deps: ConnectorDeps): readonly Connector[] => [
  postgresConnector,
  httpConnector,
  emailConnector,
  intakeConnector,
  tenantActions(deps),
  userActions({ ...deps, enqueueMail, links: accountLinks(deps.publicUrl) }),
  vaultActions(deps),
  runActions(deps),
  metricsActions(deps),
  hypercareActions({ ...deps, countUsers: countPlaces, tellFindings }),
  backupActions(deps.backups),
];
