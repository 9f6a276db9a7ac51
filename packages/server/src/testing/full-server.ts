/**
 * The HTTP server with every route of the control plane, as the composition root opens it, over a database of the
 * test and with the real authenticator: for tests about all routes together.
 */
import { systemActor } from '../access/index.ts';
import { openAccounts } from '../accounts.ts';
import { backupDeps } from '../backup-sources.ts';
import { billingParts } from '../billing-parts.ts';
import { readConfig } from '../config.ts';
import type { TestDatabase } from '../db/testing/index.ts';
import { exportDeps } from '../export-sources.ts';
import { createHttpServer, createLogger, type HttpServer } from '../http/index.ts';
import { summarizeTenants } from '../hypercare/index.ts';
import { keyAuthenticator } from '../people/index.ts';
import type { PortalDeps } from '../portal/index.ts';
import { portalDeps } from '../portal-parts.ts';
import { watchRuns } from '../runbooks/index.ts';
import { openWorld, type World } from '../runbooks/testing/world.ts';
import { serveRoutes } from '../serve-routes.ts';
import { openTelemetry } from '../telemetry/index.ts';
import { watchFeed } from '../tenants/index.ts';
import { loadCheckpointSigner } from '../vault/index.ts';

export interface FullServer {
  readonly server: HttpServer;
  /** Product `cutlist`, a keyring and a registry of made-up actions. */
  readonly world: World;
  readonly portal: PortalDeps;
  close(): Promise<void>;
}

export interface FullServerOptions {
  readonly now?: () => Date;
  readonly publicUrl?: string;
}

/** Close it after the last test of the file. */
export async function openFullServer(test: TestDatabase, options: FullServerOptions = {}): Promise<FullServer> {
  const { database, connection } = test;
  const { now = () => new Date(), publicUrl = 'http://localhost:7400' } = options;
  const world = await openWorld(test);
  const { keyring, registry } = world;
  const config = readConfig({ mode: 'test', publicUrl }, {});
  const signer = await database.transaction('operator', (tx) =>
    loadCheckpointSigner({ tx, keyring, now: now(), actor: systemActor('audit') }),
  );
  const accounts = await openAccounts({ config, database, keyring, now, log: () => undefined });
  const authenticator = keyAuthenticator({ database, now });
  const authenticate = (text: string) => authenticator.authenticate(text);
  const watch = watchRuns(connection);
  const feed = watchFeed({ connection, database });
  const server = await createHttpServer({
    config: { publicUrl, bodyLimitBytes: 65_536, rateLimitPerMinute: 1_000_000 },
    logger: createLogger({ logLevel: 'silent' }),
    database,
    now,
    authenticate,
  });
  const portal = portalDeps({ config, database, keyring, now });
  const backups = backupDeps({ config, database, keyring, now });
  const telemetry = openTelemetry({
    version: 'test',
    database,
    now,
    readTenants: (tx, at) => summarizeTenants(tx, { now: at, max: 10 }),
  });
  serveRoutes(server, {
    mode: 'production',
    publicUrl,
    registry,
    keyring,
    signer,
    watch,
    feed,
    accounts,
    backups,
    billing: billingParts({ config, database, keyring, now, log: () => undefined }),
    exports: exportDeps({ backups, config }),
    portal,
    authenticate,
    telemetry,
    metricsToken: undefined,
  });
  await server.ready();
  const close = async (): Promise<void> => {
    await server.close();
    await watch.close();
    await feed.close();
    await authenticator.close();
    await accounts.close();
  };
  return { server, world, portal, close };
}
