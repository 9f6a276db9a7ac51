/** What `tenantry up` does: loaded by that command alone, since it brings the whole server with it. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import {
  type ControlPlane,
  type DevelopmentIdentityKey,
  type DevelopmentMailbox,
  developmentLinks,
  ensureDatabase,
  inviteFirstOwner,
  issueGuardKey,
  issueMetricsKey,
  openControlPlane,
  openDevelopmentClock,
  type Parts,
  prepareDevelopment,
  readConfig,
  registerDevelopmentApplication,
  saveDevelopmentEnvironment,
  startDevelopmentMailbox,
  trustDevelopmentApplication,
} from '@tenantry/server';
import type { Io } from '../io.ts';
import { onboardSample } from './onboard-sample.ts';
import { type AppDescription, type RunningApp, readAppDescription, runApp } from './run-app.ts';
import { untilStopped } from './until-stopped.ts';

import type { UpOptions } from './up-options.ts';

export async function start(options: UpOptions, io: Io): Promise<void> {
  const { out } = io;
  refuseOutsideDevelopment(options);
  const stopped = untilStopped();
  const closers: (() => Promise<void>)[] = [];
  try {
    const config = readConfig({
      ...(options.development && { mode: 'development', logLevel: 'warn' }),
      ...(options.dataDir && { dataDir: options.dataDir }),
      ...(options.databaseUrl && { databaseUrl: options.databaseUrl }),
      ...(options.host && { host: options.host }),
      ...(options.port && { port: options.port }),
    });
    const mailbox = options.development
      ? await startDevelopmentMailbox(config.dataDir, 'CutListCreator <no-reply@cutlistcreator.example>')
      : undefined;
    if (mailbox !== undefined) closers.push(() => mailbox.close());
    out.line(
      config.databaseUrl === undefined ? 'Starting PostgreSQL and the control plane …' : 'Starting the control plane …',
    );
    const plane = await openControlPlane(config, {
      http: true,
      work: true,
      ...(mailbox && developmentParts(config.dataDir, mailbox)),
    });
    closers.push(() => plane.close());
    out.line(`Control plane   ${plane.url ?? config.publicUrl}`);
    out.line(`Console         ${plane.url ?? config.publicUrl}/console/`);
    await inviteOwner(plane, options, io);
    if (options.development) await develop(plane, options, mailbox?.connection ?? {}, closers, io);
    out.line('It keeps running; stop it with Ctrl-C.');
    await stopped;
    out.line('Stopping …');
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function developmentParts(dataDir: string, mailbox: DevelopmentMailbox): Omit<Parts, 'http' | 'work'> {
  const clock = openDevelopmentClock(dataDir);
  return {
    now: clock.now,
    mailbox: mailbox.server,
    development: (server) => {
      mailbox.serve(server);
      clock.serve(server);
    },
  };
}

/** How an installation without development identities gets its first person. */
async function inviteOwner(plane: ControlPlane, { owner: email, ownerName }: UpOptions, { out }: Io): Promise<void> {
  if (email === undefined) return;
  const first = await inviteFirstOwner(plane, { email, name: ownerName ?? email.replace(/@.*/, '') });
  if (first === undefined) return out.line(`Owner           there is one; ${email} was not invited`);
  out.line(`Owner           ${email} is invited until ${first.expiresAt.toISOString()}. The link opens once:`);
  out.line(`  ${first.invitation}`);
}

function refuseOutsideDevelopment(options: UpOptions): void {
  if (options.development || (options.app ?? options.onboard ?? options.client) === undefined) return;
  throw new TenantryError('config.invalid', '--app, --onboard and --client belong to a development installation.', {
    next: 'Add --development.',
  });
}

async function develop(
  plane: ControlPlane,
  options: UpOptions,
  smtp: Readonly<Record<string, unknown>>,
  closers: (() => Promise<void>)[],
  io: Io,
): Promise<void> {
  const { out } = io;
  const path = options.onboard ?? options.client;
  const sample = path === undefined ? undefined : { file: basename(path), source: await readFile(path, 'utf8') };
  const { identities } = await prepareDevelopment(plane, { clientFile: sample });
  const app =
    options.app === undefined
      ? undefined
      : await startApp(plane, await readAppDescription(options.app), { smtp, identities });
  if (app !== undefined) closers.push(() => app.stop());
  if (app?.url !== undefined) out.line(`Application     ${app.url}`);
  out.line(`Mailbox         ${plane.url}/dev/mailbox`);
  out.line(`People          ${identities.map((person) => `${person.name} (${person.roles[0]})`).join(', ')}`);
  out.line('');
  if (sample === undefined || options.onboard === undefined) return;
  const stopping = new AbortController();
  const forget = io.onInterrupt(() => stopping.abort());
  await onboardSample({
    plane,
    identities,
    sample,
    out,
    newId: io.newId,
    signal: stopping.signal,
    links: (runId) => developmentLinks(plane, runId),
  });
  forget();
}

async function startApp(
  plane: ControlPlane,
  app: AppDescription,
  {
    smtp,
    identities,
  }: {
    readonly smtp: Readonly<Record<string, unknown>>;
    readonly identities: readonly DevelopmentIdentityKey[];
  },
): Promise<RunningApp> {
  const { connection } = plane;
  if ('url' in connection) {
    throw new TenantryError('config.invalid', 'Example applications run on the embedded PostgreSQL only.', {
      next: 'Leave --database-url out, or --app.',
    });
  }
  await ensureDatabase(connection, app.database);
  const running = await runApp(app, {
    postgres: connection,
    dataDir: plane.config.dataDir,
    register: (application) => registerDevelopmentApplication(plane, { ...application, productId: app.product }),
    metrics: { url: plane.url ?? '', issueKey: () => issueMetricsKey(plane, app.product, identities) },
    guard: { url: plane.url ?? '', issueKey: () => issueGuardKey(plane, app.product, identities) },
  });
  if (app.oidc !== undefined && running.caPath !== undefined) {
    await trustDevelopmentApplication(plane, app.oidc.id, await readFile(running.caPath, 'utf8'));
  }
  await saveDevelopmentEnvironment(plane, app.product, {
    connections: { ...running.connections, smtp: { default: smtp } },
    settings: running.settings,
  });
  return running;
}
