import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuard, type Guard } from '@tenantry/guard';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import type { Clock, SessionPolicy } from './context.ts';
import { migrateCutlist } from './db/migrate.ts';
import { allowLogin, assertRowSecurityHolds } from './db/roles.ts';
import { createApp, replaceCertificate } from './http/create-app.ts';
import { FixedWindow } from './http/fixed-window.ts';
import { createRedirectServer } from './http/redirect.ts';
import { cutlistRoutes } from './http/routes.ts';
import { countRequests } from './metrics/count-requests.ts';
import { Figures } from './metrics/figures.ts';
import { type MetricsSettings, startPushing } from './metrics/push-figures.ts';
import { type OidcSettings, openOidcProvider } from './oidc/provider.ts';
import { addSelfCheck, addUsage } from './self-check/routes.ts';
import { ensureCertificates } from './tls/ensure-certificates.ts';

export interface CutlistOptions {
  /** `postgres://cutlist_app:…@host/database`: the role requests run under. */
  readonly appUrl: string;
  /** The owner of the schema. When given, the schema is migrated first and the role of `appUrl` may log in. */
  readonly ownerUrl?: string;
  /** `postgres://cutlist_provisioner:…`: with `ownerUrl`, that role may log in too, for a control plane. */
  readonly provisionerUrl?: string;
  /** Where certificates are kept. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly httpsPort: number;
  readonly httpPort: number;
  /** Address to listen on; `127.0.0.1` unless told. */
  readonly host?: string;
  readonly clock?: Clock;
  /** 30 minutes idle and 12 hours in all unless told. */
  readonly session?: SessionPolicy;
  /** Log people in through this OpenID provider; without it, with passwords of our own. */
  readonly oidc?: OidcSettings;
  /** Where people reach the application; the address it listens on unless told. */
  readonly publicUrl?: string;
  /** Lets who shows this key ask whether a workshop works; without it nobody can. */
  readonly selfCheckKey?: string;
  /** Report how each workshop does to a control plane. */
  readonly metrics?: MetricsSettings;
  /** Ask a control plane what each workshop may do; without one, the workshop's own row says. */
  readonly guard?: GuardSettings;
  /** JSON log lines on standard output. */
  readonly log?: boolean;
}

export interface GuardSettings {
  /** Where the control plane is. */
  readonly url: string;
  /** A key with the scope `guard:read` and no other. */
  readonly key: string;
}

export interface Cutlist {
  readonly httpsUrl: string;
  readonly httpUrl: string;
  /** The only authority a probe needs to trust. */
  readonly caPath: string;
  close(): Promise<void>;
}

const QUARTER_HOUR_MS = 900_000;
const GUARD_WAIT_MS = 5_000;
const CERTIFICATE_CHECK_MS = 12 * 3_600_000;
const DEFAULT_SESSION: SessionPolicy = { idleMs: 30 * 60_000, absoluteMs: 12 * 3_600_000 };

/** Serves the application until `close()`. Refuses to start under a role that row-level security does not bind. */
export async function startCutlist(options: CutlistOptions): Promise<Cutlist> {
  const clock = options.clock ?? (() => new Date());
  const host = options.host ?? '127.0.0.1';
  const names = [...new Set(['127.0.0.1', 'localhost', '::1', ...(isWildcard(host) ? [] : [host])])];

  if (options.ownerUrl !== undefined) await prepareDatabase(options.ownerUrl, options);
  const { caPath, leaf } = await ensureCertificates(options.dataDir, names, clock());
  const pool = openPool(options.appUrl);
  const app = createApp(leaf, options.log ?? false);
  const stop: (() => unknown)[] = [() => pool.end(), () => app.close()];
  const close = async (): Promise<void> => {
    for (const step of stop.splice(0).reverse()) await step();
  };
  try {
    pool.on('error', (error) => app.log.error(error));
    await assertRowSecurityHolds(pool);
    // The port is known once it listens, and the first log-in comes later than that.
    let address = options.publicUrl;
    const publicUrl = (): string => address ?? '';
    const guard = options.guard && openGuard(app, options.guard);
    if (guard !== undefined) {
      stop.push(() => guard.close());
      // Started during an outage it comes up all the same, and refuses until the control plane answers.
      await guard.ready(GUARD_WAIT_MS);
    }
    const context = {
      guard,
      pool,
      clock,
      publicUrl,
      oidc: options.oidc === undefined ? undefined : openOidcProvider(options.oidc, publicUrl),
      session: options.session ?? DEFAULT_SESSION,
      apiCalls: new FixedWindow(QUARTER_HOUR_MS),
      ownWindows: new Set<string>(),
      passwordAttempts: new FixedWindow(QUARTER_HOUR_MS),
    };
    cutlistRoutes(app, context);
    if (options.selfCheckKey !== undefined) {
      addSelfCheck(app, context, options.selfCheckKey);
      addUsage(app, context, options.selfCheckKey);
    }
    if (options.metrics !== undefined) {
      let aheadMs = 0;
      const figures = new Figures(`cutlist-${randomUUID()}`, () => new Date(clock().getTime() + aheadMs));
      countRequests(app, figures);
      const pusher = startPushing(options.metrics, figures, {
        tell: (problem) => app.log.warn(problem),
        onSkew: (skewMs) => {
          aheadMs = skewMs;
        },
      });
      stop.push(() => pusher.stop());
    }
    await app.listen({ host, port: options.httpsPort });
    const timer = setInterval(() => void renewCertificate(app, options.dataDir, names, clock), CERTIFICATE_CHECK_MS);
    stop.push(() => clearInterval(timer));

    const httpsPort = portOf(app.server);
    const plain = createRedirectServer(names, httpsPort);
    stop.push(() => closePlain(plain));
    plain.listen(options.httpPort, host);
    await once(plain, 'listening');
    const shown = isWildcard(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    const httpsUrl = `https://${shown}:${httpsPort}`;
    address ??= httpsUrl;
    return { httpsUrl, httpUrl: `http://${shown}:${portOf(plain)}`, caPath, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Without a snapshot nothing is allowed yet; the application starts all the same, and says so on every request. */
const openGuard = (app: FastifyInstance, settings: GuardSettings): Guard =>
  createGuard({
    ...settings,
    product: 'cutlist',
    onProblem: (problem) => {
      if (problem === undefined) app.log.info('The control plane answers again.');
      else app.log.warn(`The control plane does not answer: ${problem}.`);
    },
  });

/** Migrates, and lets the application's role log in with the password its own address names. */
async function prepareDatabase(ownerUrl: string, { appUrl, provisionerUrl }: CutlistOptions): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'cutlist-migrate' });
  await client.connect();
  try {
    await migrateCutlist(client);
    for (const url of [appUrl, provisionerUrl]) {
      const { username, password } = new URL(url ?? appUrl);
      if ((username !== 'cutlist_app' && username !== 'cutlist_provisioner') || password === '') continue;
      await allowLogin(client, username, decodeURIComponent(password)).catch(ignoreForeignRole);
    }
  } finally {
    await client.end();
  }
}

/** A role that somebody else made is theirs to open (SQLSTATE 42501); whether they did shows when we connect. */
function ignoreForeignRole(error: Error & { readonly code?: string }): void {
  if (error.code !== '42501') throw error;
}

const openPool = (connectionString: string): pg.Pool =>
  new pg.Pool({
    connectionString,
    application_name: 'cutlist',
    max: 10,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
  });

/** Runs twice a day; does something once in two months. */
async function renewCertificate(
  app: FastifyInstance,
  dataDir: string,
  names: readonly string[],
  clock: Clock,
): Promise<void> {
  try {
    replaceCertificate(app, (await ensureCertificates(dataDir, names, clock())).leaf);
  } catch (error) {
    app.log.error(error, 'The certificate could not be renewed; it is tried again in 12 hours.');
  }
}

function closePlain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;
