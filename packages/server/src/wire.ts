/** The composition root: the one place that knows everyone. Opens in order, closes in reverse. */
import { TenantryError } from '@tenantry/contract';
import { emptyCatalog } from '@tenantry/runbook';
import type { Logger } from 'pino';
import { systemActor } from './access/index.ts';
import { type Accounts, openAccounts } from './accounts.ts';
import { startBackground } from './background.ts';
import { backupDeps, backupDuties } from './backup-sources.ts';
import { type BackupDeps, backupJobs } from './backups/index.ts';
import { billingParts } from './billing-parts.ts';
import type { Config } from './config.ts';
import { closePostgresPools } from './connectors/postgres/index.ts';
import { allConnectors } from './connectors.ts';
import {
  type ConnectionSettings,
  type Database,
  embeddedPostgres,
  externalPostgres,
  migrate,
  openDatabase,
  type PostgresSupervisor,
} from './db/index.ts';
import { developmentSignIn } from './development-sign-in.ts';
import { armKillPoint, migrateQueue, startWorker } from './engine/index.ts';
import { type ExportDeps, exportJobs } from './export/index.ts';
import { exportDeps, exportDuties } from './export-sources.ts';
import { type Authenticate, createHttpServer, createLogger, type HttpServer, packageVersion } from './http/index.ts';
import { summarizeTenants } from './hypercare/index.ts';
import { tenantTexts } from './identity/index.ts';
import type { SmtpServer } from './notifications/index.ts';
import { keyAuthenticator } from './people/index.ts';
import { type PortalDeps, portalJobs, purgePortal, voidChangedSignatures } from './portal/index.ts';
import { portalDeps } from './portal-parts.ts';
import { remindReviews } from './review-mails.ts';
import { runMails } from './run-mails.ts';
import { openRegistry, type Registry, runJobs, watchRuns } from './runbooks/index.ts';
import { serveRoutes } from './serve-routes.ts';
import { publishShipped, readShipped, shippedFolder } from './shipped.ts';
import { openTelemetry, serveMetrics, type Telemetry } from './telemetry/index.ts';
import type { TellDeps } from './tell-people.ts';
import { deletionDuties } from './tenant-erasure.ts';
import { watchFeed } from './tenants/index.ts';
import { type Keyring, loadCheckpointSigner, loadKeyring } from './vault/index.ts';

export interface ControlPlane {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly connection: ConnectionSettings;
  readonly keyring: Keyring;
  readonly registry: Registry;
  /** Of the OpenID Provider. */
  readonly issuer: string;
  /** Where the HTTP server answers; undefined in a process that only works. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

export interface Parts {
  /** Serve the API. */
  readonly http: boolean;
  /** Take jobs. */
  readonly work: boolean;
  /** Routes that only a development installation has. */
  readonly development?: (server: HttpServer) => void;
  /** The time it is; a development installation may run ahead. */
  readonly now?: () => Date;
  /** Where the control plane's own mail goes when no mail server is configured. */
  readonly mailbox?: SmtpServer;
}

/**
 * Starts a control plane, or one process of it.
 *
 * @throws config.invalid, database.start_failed, database.too_new, vault.key_missing
 */
export async function openControlPlane(config: Config, parts: Parts): Promise<ControlPlane> {
  const logger = createLogger({ logLevel: config.logLevel });
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await open(config, parts, logger, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  config: Config,
  parts: Parts,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<ControlPlane> {
  const now = parts.now ?? ((): Date => new Date());
  if (config.killPoint !== undefined) armKillPoint(config.killPoint);
  const supervisor = supervisorOf(config, logger);
  closers.push(() => supervisor.stop());
  const connection = await supervisor.start();
  const sessionConnection = config.listenUrl === undefined ? connection : { url: config.listenUrl.reveal() };
  const database = openDatabase({ connection, applicationName: 'tenantry', poolMax: config.workerConcurrency + 4 });
  closers.push(
    () => database.close(),
    () => closePostgresPools(),
  );
  await migrate(database);
  await migrateQueue(sessionConnection);
  const keyring = await openKeyring(config, database, now());
  const signer = await database.transaction('operator', (tx) =>
    loadCheckpointSigner({ tx, keyring, now: now(), actor: systemActor('audit') }),
  );
  const backups = backupDeps({ config, database, keyring, now });
  const exports = exportDeps({ backups, config });
  const registry = openRegistry(allConnectors({ database, keyring, publicUrl: config.publicUrl, now, backups }));
  await publishRelease(database, registry, now());
  const log = (
    level: 'info' | 'warn' | 'error',
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
  ): void => logger[level](facts, message);
  const warn = (message: string, facts: Readonly<Record<string, unknown>>): void => log('warn', message, facts);
  const accounts = await openAccounts({ config, database, keyring, now, log: warn, mailbox: parts.mailbox });
  closers.push(() => accounts.close());
  const portal = portalDeps({ config, database, keyring, now });
  const billing = billingParts({ config, database, keyring, now, log: warn });
  const stopping = new AbortController();
  closers.push(
    startBackground({
      database,
      keyring,
      signer,
      now,
      log: warn,
      metricsKeepDays: config.metricsKeepDays,
      more: [
        ...accounts.duties,
        ...billing.duties,
        ...backupDuties(backups, config.backupSelf, stopping.signal),
        ['tell who signed what has changed since', 5_000, () => voidChangedSignatures(portal)],
        [
          'forget what nobody came back for in the portal',
          60 * 60_000,
          () => database.transaction('worker', (tx) => purgePortal({ tx, now: now() })),
        ],
        ...exportDuties(exports),
        ...deletionDuties({ backups, keyring, exports }),
        [
          'remind of runbooks to review',
          60 * 60_000,
          () => remindReviews({ database, now, ...tellDeps(config, warn) }),
        ],
      ],
    }),
  );
  closers.push(async () => stopping.abort());
  const plane = { config, logger, database, connection, keyring, registry, issuer: accounts.issuer, close };
  const telemetry = telemetryOf(config, database, now);
  if (parts.work)
    closers.push(
      await openWorker({ ...plane, accounts, backups, exports, portal, sessionConnection, telemetry, now, log }),
    );
  if (!parts.http) {
    closers.push(await serveOwnMetrics(config, telemetry));
    return { ...plane, url: undefined };
  }

  const authenticator = keyAuthenticator({ database, now });
  const watch = watchRuns(sessionConnection);
  const feed = watchFeed({ connection: sessionConnection, database });
  closers.push(
    () => watch.close(),
    () => feed.close(),
    () => authenticator.close(),
  );
  const authenticate: Authenticate = (text) => authenticator.authenticate(text);
  const server = await createHttpServer({ config, logger, database, now, authenticate });
  closers.push(() => server.close());
  serveRoutes(server, {
    mode: modeOf(config),
    publicUrl: config.publicUrl,
    registry,
    keyring,
    signer,
    watch,
    feed,
    accounts,
    backups,
    billing,
    exports,
    portal,
    authenticate,
    telemetry,
    metricsToken: config.metricsToken,
  });
  if (modeOf(config) === 'development') developmentSignIn(server, config);
  parts.development?.(server);
  await listen(server, config);
  return { ...plane, url: urlOf(server, config) };
}

function telemetryOf(config: Config, database: Database, now: () => Date): Telemetry {
  const { metricsTenantsMax: max } = config;
  return openTelemetry({
    version: packageVersion(),
    database,
    now,
    readTenants: (tx, at) => summarizeTenants(tx, { now: at, max }),
  });
}

/** @throws config.invalid when the port is taken or not ours to take */
async function serveOwnMetrics(config: Config, telemetry: Telemetry): Promise<() => Promise<void>> {
  const { host, metricsPort: port } = config;
  if (port === undefined) return async () => undefined;
  const rules = { token: config.metricsToken, development: config.mode === 'development' };
  const listener = await serveMetrics(telemetry, rules, { host, port }).catch((error: unknown) => {
    throw portFault(error, host, port);
  });
  return () => listener.close();
}

/** The runbooks of this release are there from the start; people still have to approve them. */
async function publishRelease(database: Database, registry: Registry, now: Date): Promise<void> {
  const shipped = await readShipped(shippedFolder());
  const catalog = { ...emptyCatalog, ...registry.catalog };
  await database.transaction('operator', (tx) =>
    publishShipped({ tx, actor: systemActor('release'), now }, shipped, catalog),
  );
}

export function supervisorOf(config: Config, logger: Logger): PostgresSupervisor {
  const log = {
    info: (message: string): void => logger.info(message),
    warn: (message: string): void => logger.warn(message),
    error: (message: string): void => logger.error(message),
  };
  if (config.databaseUrl !== undefined) return externalPostgres({ url: config.databaseUrl.reveal() });
  return embeddedPostgres({ dataDir: `${config.dataDir}/postgres`, log });
}

const tellDeps = (config: Config, log: TellDeps['log']): TellDeps => ({
  publicUrl: config.publicUrl,
  // Then every mail goes to the mailbox, where the seeded identities read theirs.
  tellsDevelopment: config.mode === 'development' && config.smtpUrl === undefined,
  log,
});

const modeOf = (config: Config): 'development' | 'production' =>
  config.mode === 'development' ? 'development' : 'production';

/** `mayMake: false`: not even a development installation gets a new key. */
export function openKeyring(
  config: Config,
  database: Database,
  now: Date,
  options: { readonly mayMake?: boolean } = {},
): Promise<Keyring> {
  const [first] = config.vaultKeys;
  const given =
    first === undefined
      ? {}
      : { current: first.id, keys: Object.fromEntries(config.vaultKeys.map(({ id, key }) => [id, key])) };
  return loadKeyring(
    database,
    { development: config.mode === 'development', dataDir: config.dataDir, ...given, ...options },
    { now },
  );
}

interface WorkerParts extends Omit<ControlPlane, 'url'> {
  readonly accounts: Accounts;
  readonly backups: BackupDeps;
  readonly exports: ExportDeps;
  readonly portal: PortalDeps;
  readonly sessionConnection: ConnectionSettings;
  readonly telemetry: Telemetry;
  readonly now: () => Date;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>) => void;
}

async function openWorker({
  config,
  database,
  keyring,
  registry,
  accounts,
  backups,
  exports,
  portal,
  sessionConnection,
  telemetry,
  now,
  log,
}: WorkerParts): Promise<() => Promise<void>> {
  let bootId = '';
  const worker = await startWorker({
    database,
    connection: sessionConnection,
    concurrency: config.workerConcurrency,
    leaseMs: config.leaseMs,
    now,
    log,
    handlers: {
      ...accounts.handlers,
      ...backupJobs(backups),
      ...exportJobs(exports),
      ...runJobs({
        database,
        keyring,
        registry,
        tenantTexts,
        now,
        log,
        bootId: () => bootId,
        mode: modeOf(config),
        observe: telemetry.countAttempt,
      }),
      ...runMails({
        database,
        now,
        ...tellDeps(config, (message, facts) => log('warn', message, facts)),
      }),
      ...portalJobs(portal),
    },
  });
  bootId = worker.bootId;
  return () => worker.stop();
}

/** @throws config.invalid when the port is taken or not ours to take */
async function listen(server: HttpServer, { host, port }: Config): Promise<void> {
  await server.listen({ host, port }).catch((error: unknown) => {
    throw portFault(error, host, port);
  });
}

function portFault(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const why = code === 'EADDRINUSE' ? 'is taken by another program' : 'may not be used here';
  return new TenantryError('config.invalid', `${host}:${port} ${why}.`, {
    next: 'Stop the other program, or start with another port.',
    cause: error,
  });
}

function urlOf(server: HttpServer, config: Config): string {
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return config.port === port ? config.publicUrl : `http://${config.host}:${port}`;
}
