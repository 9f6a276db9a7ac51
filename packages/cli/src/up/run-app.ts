/**
 * Runs an example application beside the control plane. What it needs, and which connections runbooks then have,
 * stands in its own `development.yaml`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { isTenantryError, TenantryError } from '@tenantry/contract';
import { type JsonObject, renderTemplate } from '@tenantry/runbook';
import { parse } from 'yaml';
import { z } from 'zod';

const descriptionSchema = z.strictObject({
  product: z.string(),
  database: z.string().regex(/^[a-z][a-z0-9_]*$/),
  entry: z.string(),
  /** Ports it takes when they are free; any other when they are not. */
  ports: z.record(z.string(), z.int().min(1).max(65_535)).default({}),
  /** How it is registered with the OpenID Provider; addresses may name `ports`. */
  oidc: z
    .strictObject({
      id: z.string(),
      name: z.string(),
      tenantLabel: z.string(),
      redirectUris: z.array(z.string()),
      postLogoutRedirectUris: z.array(z.string()),
      backchannelLogoutUri: z.string(),
      loginUri: z.string(),
    })
    .optional(),
  env: z.record(z.string(), z.string()),
  environment: z.strictObject({
    connections: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.json()))),
    settings: z.record(z.string(), z.json()).default({}),
  }),
});

export interface AppDescription extends z.infer<typeof descriptionSchema> {
  readonly folder: string;
}

/** @throws file.unreadable */
export async function readAppDescription(folder: string): Promise<AppDescription> {
  const path = join(folder, 'development.yaml');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new TenantryError('file.unreadable', `${path} is not there.`, {
      next: 'Name the folder of an example application.',
    });
  const parsed = descriptionSchema.safeParse(parse(text));
  if (parsed.success) return { ...parsed.data, folder: resolve(folder) };
  const faults = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new TenantryError('file.unreadable', `${path} does not fit.`, { faults });
}

export interface RunningApp {
  /** Of the environment `production` of its product. */
  readonly connections: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly url: string | undefined;
  /** File of the certificate authority that vouches for its address. */
  readonly caPath: string | undefined;
  stop(): Promise<void>;
}

export type Registration = NonNullable<AppDescription['oidc']>;

/** What an application is told to log its users in with. */
export interface RelyingParty {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface AppSurroundings {
  readonly register: (application: Registration) => Promise<RelyingParty>;
  readonly metrics: {
    /** Where figures are reported to. */
    readonly url: string;
    /** Makes a key for that; asked for once in the life of the data folder. */
    readonly issueKey: () => Promise<string>;
  };
  /** What its guard follows, and makes a key for that. */
  readonly guard: AppSurroundings['metrics'];
  readonly postgres: { readonly host: string; readonly port: number; readonly user: string };
  readonly dataDir: string;
}

const READY_WITHIN_MS = 30_000;

/** Starts it and waits until it says where it is. @throws connector.unreachable when it does not come up */
export async function runApp(app: AppDescription, surroundings: AppSurroundings): Promise<RunningApp> {
  try {
    return await launch(app, surroundings, await freePorts(app.ports));
  } catch (error) {
    // Another program took a port between our look and its start: that cannot happen to a port nobody wants.
    if (!isTenantryError(error) || !error.detail?.includes('EADDRINUSE')) throw error;
    return launch(
      app,
      surroundings,
      await freePorts(Object.fromEntries(Object.keys(app.ports).map((name) => [name, 0]))),
    );
  }
}

async function launch(
  app: AppDescription,
  { postgres, dataDir, register, metrics, guard }: AppSurroundings,
  ports: Readonly<Record<string, number>>,
): Promise<RunningApp> {
  const home = join(dataDir, 'apps', app.product);
  await mkdir(home, { recursive: true });
  const oidc =
    app.oidc === undefined ? undefined : await register(renderTemplate(app.oidc, { ports }) as unknown as Registration);
  const scope = {
    postgres: { ...postgres },
    dataDir: home,
    password: await keptSecret(home, 'database-password', async () => randomBytes(24).toString('base64url')),
    selfCheckKey: await keptSecret(home, 'self-check-key', async () => randomBytes(24).toString('base64url')),
    metrics: { url: metrics.url, key: await keptSecret(home, 'metrics-key', metrics.issueKey) },
    guard: { url: guard.url, key: await keptSecret(home, 'guard-key', guard.issueKey) },
    ports,
    ...(oidc && { oidc: { ...oidc } }),
  };
  const child = spawn(process.execPath, [join(app.folder, app.entry)], {
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      NODE_ENV: 'development',
      ...(renderTemplate(app.env, scope) as Record<string, string>),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const announced = await ready(child, app.product);
  const { connections, settings } = renderTemplate(app.environment, {
    ...scope,
    app: announced,
  }) as JsonObject as AppDescription['environment'];
  return {
    connections,
    settings,
    url: typeof announced.httpsUrl === 'string' ? announced.httpsUrl : undefined,
    caPath: typeof announced.caPath === 'string' ? announced.caPath : undefined,
    stop: () => stop(child),
  };
}

async function freePorts(wanted: Readonly<Record<string, number>>): Promise<Readonly<Record<string, number>>> {
  const entries = await Promise.all(
    Object.entries(wanted).map(
      async ([name, port]) => [name, (await takePort(port)) ?? (await takePort(0)) ?? 0] as const,
    ),
  );
  return Object.fromEntries(entries);
}

/** The port, when it is free: known before the application starts, since addresses registered elsewhere name it. */
const takePort = (port: number): Promise<number | undefined> =>
  new Promise((resolveTaken) => {
    const probe = createServer();
    probe.once('error', () => resolveTaken(undefined));
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      const taken = typeof address === 'object' && address !== null ? address.port : undefined;
      probe.close(() => resolveTaken(taken));
    });
  });

/** Made once for an installation: a second start finds the roles and keys of the first. */
async function keptSecret(home: string, name: string, make: () => Promise<string>): Promise<string> {
  const path = join(home, name);
  if (!existsSync(path)) await writeFile(path, await make(), { mode: 0o600 });
  return (await readFile(path, 'utf8')).trim();
}

function ready(child: ChildProcess, product: string): Promise<JsonObject> {
  return new Promise((resolveReady, reject) => {
    let out = '';
    let log = '';
    const fail = (why: string): void => {
      child.kill('SIGTERM');
      reject(
        new TenantryError('connector.unreachable', `The example application ${product} ${why}.`, {
          detail: log,
          next: log.trim().split('\n').at(-1) ?? 'Build it first: npm run build.',
        }),
      );
    };
    const timer = setTimeout(() => fail(`did not come up within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4_000);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      const line = out.split('\n').find((each) => each.includes('"ready":true'));
      if (line === undefined) return;
      clearTimeout(timer);
      resolveReady(JSON.parse(line) as JsonObject);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended at once (exit code ${String(code)})`);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolveStopped) => {
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.once('exit', () => {
      clearTimeout(force);
      resolveStopped();
    });
    child.kill('SIGTERM');
  });
}
