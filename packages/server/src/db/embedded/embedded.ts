import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bug, isTenantryError, TenantryError } from '@tenantry/contract';
import type { ConnectionSettings } from '../connection.ts';
import { type Account, chooseAccount } from './account.ts';
import { type Binaries, locateBinaries, prepareBinaries, versionOf } from './binaries.ts';
import { ensureCluster } from './cluster.ts';
import { ensureLogin } from './login.ts';
import { choosePlaces } from './places.ts';
import { hasOtherOwner, signal, stopPostmaster } from './postmaster.ts';
import { delay, isAlive } from './processes.ts';
import { obtainServer, type Server } from './server.ts';
import type { PostgresSupervisor, SupervisorLog, SupervisorStatus } from './supervisor.ts';

export interface EmbeddedOptions {
  /** Where the cluster lies; made when it is missing. */
  readonly dataDir: string;
  readonly log: SupervisorLog;
  /** Settings of postgresql.conf beside or instead of ours. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Where root puts what its unprivileged PostgreSQL user could not reach otherwise. */
  readonly sharedRoot?: string;
  /** The installed binaries, when they are not those of the package. */
  readonly native?: string;
  /** Stop the server when the process is told to end and nobody else in it listens for that; on unless false. */
  readonly handleSignals?: boolean;
}

const DEFAULT_SHARED_ROOT = '/var/lib/tenantry';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** At most this many restarts within the window; one that dies more often needs a person. */
const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
const RESTART_PAUSE_MS = 200;
const WATCH_EVERY_MS = 500;

interface Prepared {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
}

/**
 * PostgreSQL as a child of this process: made on first start, restarted when it dies, stopped with the process, and
 * found again after a SIGKILL of it.
 */
export const embeddedPostgres = (options: EmbeddedOptions): PostgresSupervisor => new EmbeddedPostgres(options);

class EmbeddedPostgres implements PostgresSupervisor {
  readonly #options: EmbeddedOptions;
  #state: SupervisorStatus['state'] = 'stopped';
  #prepared: Prepared | undefined;
  #server: Server | undefined;
  #problem: string | undefined;
  #restarts = 0;
  #deaths: number[] = [];
  #stopWatching: () => void = () => undefined;
  #restarting: Promise<void> | undefined;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
  }

  async start(): Promise<ConnectionSettings> {
    if (this.#state !== 'stopped') throw bug('The embedded PostgreSQL was started twice.');
    this.#state = 'starting';
    this.#restarts = 0;
    this.#deaths = [];
    this.#problem = undefined;
    try {
      this.#prepared = await this.#prepare();
      await ensureCluster({ ...this.#prepared, durable: this.#options.parameters?.fsync !== 'off' });
      const settings = await this.#run(this.#prepared);
      this.#listenForTheEnd(true);
      return settings;
    } catch (error) {
      this.#state = 'stopped';
      await this.#stopServer();
      throw isTenantryError(error) ? error : startFailed(error);
    }
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#restarting;
    await this.#stopServer();
    // Last, so that a signal that arrives meanwhile waits for the server and is not lost.
    this.#listenForTheEnd(false);
  }

  status(): SupervisorStatus {
    const server = this.#server;
    return {
      kind: 'embedded',
      state: this.#state,
      restarts: this.#restarts,
      ...(server === undefined ? {} : { ownership: server.ownership, pid: server.pid }),
      ...(this.#prepared === undefined ? {} : { dataDir: this.#prepared.dataDir }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
  }

  async #prepare(): Promise<Prepared> {
    const { log, dataDir: wanted, sharedRoot = DEFAULT_SHARED_ROOT } = this.#options;
    const native = this.#options.native ?? locateBinaries();
    const account = await chooseAccount(wanted);
    const { dataDir, copiesDir } = await choosePlaces({ wanted, account, sharedRoot, log });
    const copyTo = join(copiesDir, `postgres-binaries-${await versionOf(native)}`);
    return { dataDir, account, binaries: await prepareBinaries({ native, account, copyTo, log }) };
  }

  async #run(prepared: Prepared): Promise<ConnectionSettings> {
    const { log, parameters = {} } = this.#options;
    const server = await obtainServer({ ...prepared, parameters, log });
    this.#server = server;
    const settings = await ensureLogin(server.socketDir);
    this.#state = 'running';
    this.#watch(server);
    return settings;
  }

  #watch(server: Server): void {
    let gone = false;
    const died = (): void => {
      if (gone) return;
      gone = true;
      this.#stopWatching();
      if (this.#state === 'running') this.#restarting = this.#restart();
    };
    // An adopted server is nobody's child here, so its end has to be looked for.
    const timer = setInterval(() => {
      void isAlive(server.pid).then((alive) => {
        if (!alive) died();
      });
    }, WATCH_EVERY_MS).unref();
    server.child?.once('exit', died);
    this.#stopWatching = () => {
      clearInterval(timer);
      server.child?.off('exit', died);
    };
    if (server.child?.exitCode != null || server.child?.signalCode != null) died();
  }

  async #restart(): Promise<void> {
    const { log } = this.#options;
    this.#state = 'restarting';
    this.#server = undefined;
    log.warn('PostgreSQL ended unexpectedly; restarting it.');
    while (this.#state === 'restarting') {
      const now = performance.now();
      this.#deaths = [...this.#deaths.filter((at) => now - at < RESTART_WINDOW_MS), now];
      if (this.#deaths.length > RESTARTS_MAX) return this.#giveUp();
      try {
        const prepared = this.#prepared;
        if (prepared === undefined) throw bug('PostgreSQL is restarted before it was started.');
        const server = await obtainServer({ ...prepared, parameters: this.#options.parameters ?? {}, log });
        this.#server = server;
        this.#restarts += 1;
        // `stop` may have been called meanwhile; it waits for this and then stops what is found here.
        if (this.#state !== 'restarting') return;
        this.#state = 'running';
        this.#problem = undefined;
        this.#watch(server);
        log.info(`PostgreSQL runs again (${server.ownership}, process ${server.pid}).`);
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : String(error);
        log.warn(`PostgreSQL could not be restarted: ${this.#problem}`);
        await delay(RESTART_PAUSE_MS * this.#deaths.length);
      }
    }
  }

  #giveUp(): void {
    this.#state = 'failed';
    this.#problem ??= `it died ${RESTARTS_MAX + 1} times within a minute`;
    this.#options.log.error(`PostgreSQL is not restarted any more: ${this.#problem}`);
  }

  async #stopServer(): Promise<void> {
    this.#stopWatching();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || (await this.#belongsToAnother(server))) return;
    await stopPostmaster(server.pid);
    if (server.socketDir !== this.#prepared?.dataDir) await rm(server.socketDir, { recursive: true, force: true });
  }

  /** A guest whose owner was killed is the one to stop the server. */
  async #belongsToAnother({ ownership, clusterName = '' }: Server): Promise<boolean> {
    const dataDir = this.#prepared?.dataDir ?? '';
    return ownership === 'guest' && (await hasOtherOwner(dataDir, clusterName));
  }

  /** On a plain exit nothing can be awaited, but the signal is enough: the server ends by itself. */
  readonly #onExit = (): void => {
    if (this.#server !== undefined && this.#server.ownership !== 'guest') signal(this.#server.pid, 'SIGINT');
  };

  readonly #onSignal = (name: NodeJS.Signals): void => {
    // Whoever else listens ends the process in their own order, and calls `stop` or leaves it to the exit hook.
    if (process.listenerCount(name) > 1) return;
    void this.stop().finally(() => process.kill(process.pid, name));
  };

  #listenForTheEnd(listen: boolean): void {
    const change = listen ? 'on' : 'off';
    process[change]('exit', this.#onExit);
    if (this.#options.handleSignals === false) return;
    for (const name of SIGNALS) process[change](name, this.#onSignal);
  }
}

const startFailed = (cause: unknown): TenantryError => {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TenantryError('database.start_failed', `PostgreSQL could not start: ${message}.`, {
    cause,
    next: 'Correct the cause and start again, or give --database-url.',
  });
};
