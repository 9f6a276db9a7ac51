import type pg from 'pg';
import type { Header } from './core/header.ts';
import type { Manifest } from './core/manifest.ts';
import type { Payload } from './core/stamp.ts';
import { type Catalogue, readCatalogue } from './database/catalogue.ts';
import { copyOut } from './database/copy-out.ts';
import { dumpFrames } from './database/pg-dump.ts';
import { beginSnapshot, closeClient, cutOnAbort } from './database/snapshot.ts';
import { type Selection, selectTables } from './database/tenant-tables.ts';
import type { BackupDeps, WorkOptions } from './deps.ts';
import { writeBackupFile } from './file/write-file.ts';
import type { Source, SourceDatabase } from './sources.ts';
import type { BackupFile } from './tables.ts';

export interface Place {
  /** From the backup folder on. */
  readonly file: string;
  readonly path: string;
  readonly header: Omit<Header, 'salt'>;
  readonly dataKey: Buffer;
}

export interface SaveOptions {
  readonly tenantId: string | undefined;
  readonly payload: Payload;
  readonly work: WorkOptions;
  readonly place: (database: string) => Place;
}

interface OpenDatabase {
  readonly source: SourceDatabase;
  readonly client: pg.Client;
  readonly catalogue: Catalogue;
  readonly selection: Selection;
}

/**
 * Copies databases into files. Every database is looked at before the first is copied, so that one that cannot be
 * saved fails the whole at once; and the views of all are taken before the first row, as near to one time as
 * databases that know nothing of each other allow.
 */
export async function saveDatabases(
  deps: Pick<BackupDeps, 'toolsFolder'>,
  { databases }: Source,
  options: SaveOptions,
): Promise<readonly BackupFile[]> {
  const open: OpenDatabase[] = [];
  const { signal } = options.work;
  const uncut: (() => void)[] = [];
  try {
    for (const source of databases) {
      open.push(await look(source, options, (client) => uncut.push(cutOnAbort(client, signal))));
    }
    const files: BackupFile[] = [];
    for (const each of open) files.push(await save(deps, each, options));
    return files;
  } finally {
    for (const undo of uncut) undo();
    await Promise.all(open.map(({ client }) => closeClient(client)));
  }
}

async function look(
  source: SourceDatabase,
  { tenantId, work: { signal } }: SaveOptions,
  connected: (client: pg.Client) => void,
): Promise<OpenDatabase> {
  const client = await source.connect(signal);
  connected(client);
  try {
    await beginSnapshot(client);
    const catalogue = await readCatalogue(client);
    const selection = selectTables(source, catalogue, tenantId === undefined ? 'set' : 'tenant');
    return { source, client, catalogue, selection };
  } catch (error) {
    await closeClient(client);
    throw source.fault(error, signal);
  }
}

async function save(
  deps: Pick<BackupDeps, 'toolsFolder'>,
  { source, client, catalogue, selection }: OpenDatabase,
  { tenantId, payload, work, place }: SaveOptions,
): Promise<BackupFile> {
  const { file, path, header, dataKey } = place(source.name);
  let manifest: Manifest | undefined;
  const told = (found: Manifest): void => {
    manifest = found;
  };
  const onTable = (done: number, of: number, table: string): void =>
    work.onProgress?.({ database: source.name, table, done, of });
  const common = { client, selection, catalogue, tenantId, onTable };
  const frames =
    payload === 'pgdump'
      ? dumpFrames({ ...common, source, toolsFolder: deps.toolsFolder ?? '' }, told)
      : copyOut(common, told);
  const written = await writeBackupFile(path, frames, { header, dataKey, signal: work.signal }).catch(
    (error: unknown) => {
      throw source.fault(error, work.signal);
    },
  );
  return {
    database: source.name,
    file,
    ...written,
    payload,
    schema_sha256: manifest?.schema_sha256 ?? '',
    tables: manifest?.tables.map(({ name, rows }) => ({ name, rows })) ?? [],
  };
}
