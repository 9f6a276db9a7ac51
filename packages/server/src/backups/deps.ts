import type { Database } from '../db/index.ts';
import type { BackupSources, SelfParts } from './sources.ts';

/** What the verbs of this domain work with; they hold no transaction while they copy. */
export interface BackupDeps {
  readonly database: Database;
  readonly sources: BackupSources;
  /** Where files lie. */
  readonly folder: string;
  /** Where the copy of the vault's data keys lies: apart from the backups, and elsewhere if it can be. */
  readonly keysFolder: string;
  readonly self: SelfParts;
  readonly now: () => Date;
  /** Folder of `pg_dump`, `pg_restore` and `psql`; our own format without it. */
  readonly toolsFolder?: string | undefined;
}

/** Told as work goes on. */
export interface Progress {
  readonly database: string;
  readonly table: string;
  readonly done: number;
  readonly of: number;
}

export interface WorkOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
