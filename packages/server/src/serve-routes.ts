import { emptyCatalog } from '@tenantry/runbook';
import type { Accounts } from './accounts.ts';
import type { CheckpointSigner } from './audit/index.ts';
import { auditRoutes } from './audit/routes.ts';
import type { BackupDeps } from './backups/index.ts';
import { backupRoutes } from './backups/routes.ts';
import { billingRoutes } from './billing/routes.ts';
import { billingWebhookRoutes } from './billing/webhook-routes.ts';
import type { BillingParts } from './billing-parts.ts';
import type { Secret } from './connectors/kit/index.ts';
import { serveConsole } from './console-pages.ts';
import type { ExportDeps } from './export/index.ts';
import { exportRoutes } from './export/routes.ts';
import { exportTakers } from './export-takers.ts';
import type { Authenticate, HttpServer } from './http/index.ts';
import { issueRoutes, metricsRoutes } from './hypercare/routes.ts';
import { peopleRoutes } from './people/routes.ts';
import type { PortalDeps } from './portal/index.ts';
import { portalRoutes } from './portal/routes.ts';
import { productRoutes } from './products/routes.ts';
import { catalogRoutes } from './runbooks/catalog-routes.ts';
import { evidenceRoutes } from './runbooks/evidence-routes.ts';
import type { Registry, RunWatch } from './runbooks/index.ts';
import { runRoutes } from './runbooks/routes.ts';
import { serveStartPage } from './start-page.ts';
import type { Telemetry } from './telemetry/index.ts';
import { telemetryRoutes } from './telemetry/metrics-routes.ts';
import { guardRoutes } from './tenants/guard-routes.ts';
import type { FeedWatch } from './tenants/index.ts';
import { lifecycleRoutes } from './tenants/lifecycle-routes.ts';
import { offboardingRoutes } from './tenants/offboarding-routes.ts';
import { planRequestRoutes } from './tenants/plan-request-routes.ts';
import { planRoutes } from './tenants/plan-routes.ts';
import { tenantRoutes } from './tenants/routes.ts';
import type { Keyring } from './vault/index.ts';
import { vaultRoutes } from './vault/routes.ts';

export interface ServedParts {
  readonly mode: 'development' | 'production';
  /** No slash at its end. */
  readonly publicUrl: string;
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly signer: CheckpointSigner;
  readonly watch: RunWatch;
  readonly feed: FeedWatch;
  readonly accounts: Accounts;
  readonly backups: BackupDeps;
  readonly billing: BillingParts;
  readonly exports: ExportDeps;
  readonly portal: PortalDeps;
  readonly authenticate: Authenticate;
  readonly telemetry: Telemetry;
  readonly metricsToken: Secret | undefined;
}

/** Every route there is, but for those of a development installation: the authorization matrix tests this very list. */
export function serveRoutes(server: HttpServer, parts: ServedParts): void {
  const { mode, registry, keyring, signer, watch, accounts, backups, exports, authenticate } = parts;
  serveStartPage(server, { development: mode === 'development' });
  serveConsole(server, { development: mode === 'development', publicUrl: parts.publicUrl });
  runRoutes(server, { registry, keyring, mode, watch });
  evidenceRoutes(server, { signer });
  catalogRoutes(server, { ...emptyCatalog, ...registry.catalog });
  productRoutes(server);
  tenantRoutes(server);
  guardRoutes(server, parts);
  lifecycleRoutes(server);
  planRoutes(server);
  planRequestRoutes(server);
  offboardingRoutes(server);
  billingRoutes(server, parts);
  billingWebhookRoutes(server, parts.billing);
  peopleRoutes(server);
  auditRoutes(server, { signer });
  vaultRoutes(server, { keyring });
  metricsRoutes(server);
  issueRoutes(server);
  telemetryRoutes(server, parts.telemetry, { token: parts.metricsToken, development: mode === 'development' });
  backupRoutes(server, backups);
  portalRoutes(server, parts.portal, watch);
  exportRoutes(server, exports);
  accounts.serve(server, authenticate, exportTakers(exports));
}
