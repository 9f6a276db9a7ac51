import type { ConnectionSettings } from '../connection.ts';

/** The part of a logger the supervisors use; a pino logger fits. */
export interface SupervisorLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * - `started`: this process started the server and stops it.
 * - `adopted`: the process that had started it is dead; this one took it over and stops it.
 * - `guest`: another living process runs it; this one only uses it, and takes over if both disappear.
 */
export type Ownership = 'started' | 'adopted' | 'guest';

export interface SupervisorStatus {
  readonly kind: 'embedded' | 'external';
  /** `failed`: it died more often than it may be restarted, or could not be restarted; `problem` says why. */
  readonly state: 'stopped' | 'starting' | 'running' | 'restarting' | 'failed';
  readonly ownership?: Ownership;
  /** Process id of the postmaster. */
  readonly pid?: number;
  /** Where the data really is: as root it can differ from the place that was asked for. */
  readonly dataDir?: string;
  /** Unexpected deaths survived since `start`. */
  readonly restarts: number;
  readonly problem?: string;
}

/** Whoever provides PostgreSQL: the embedded server, or one that somebody else runs. */
export interface PostgresSupervisor {
  /** Resolves when connections are taken. Throws `database.start_failed` with one plain sentence and what to do. */
  start(): Promise<ConnectionSettings>;
  /** Stops what this process is responsible for; connections must be closed first. May be called twice. */
  stop(): Promise<void>;
  status(): SupervisorStatus;
}
