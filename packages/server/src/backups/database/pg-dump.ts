/** Whole databases through PostgreSQL's own programs, where a folder with them is configured. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TenantryError } from '@tenantry/contract';
import { type Manifest, schemaHash, shapeOf } from '../core/manifest.ts';
import { frame, jsonFrame } from '../file/frames.ts';
import type { SourceDatabase } from '../sources.ts';
import type { CopyOutOptions } from './copy-out.ts';
import { qualified, quoteTable } from './sql-names.ts';

const VERSION_WAIT_MS = 10_000;

/** As `pg_dump --version` tells it: `pg_dump (PostgreSQL) 15.18 (Debian …)`. */
async function versionOf(program: string): Promise<{ readonly major: number; readonly text: string }> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: VERSION_WAIT_MS }).catch(
    (error: unknown) => {
      throw new TenantryError('backup.tools_too_old', `${program} cannot be run.`, {
        next: 'Let TENANTRY_PG_TOOLS_DIR name the folder of pg_dump, pg_restore and psql, or unset it.',
        cause: error,
      });
    },
  );
  const [, text = '?', major = '0'] = /\) ((\d+)[^\s]*)/.exec(stdout) ?? [];
  return { major: Number(major), text };
}

/**
 * An older program would leave out what it does not know, or fail half-way.
 *
 * @throws backup.tools_too_old, with both versions
 */
export async function assertNewEnough(program: string, server: number): Promise<void> {
  const found = await versionOf(program);
  const wanted = Math.floor(server / 10_000);
  if (found.major >= wanted) return;
  throw new TenantryError(
    'backup.tools_too_old',
    `${program} is of version ${found.text} and the server of version ${wanted}.${server % 10_000}.`,
    {
      facts: { program: found.text, server: wanted },
      next: `Install the client programs of PostgreSQL ${wanted} or later, or unset TENANTRY_PG_TOOLS_DIR.`,
    },
  );
}

export interface DumpOptions extends CopyOutOptions {
  readonly source: SourceDatabase;
  readonly toolsFolder: string;
}

/** The output of `pg_dump` in the same frames, with rows counted in the very snapshot it reads. */
export async function* dumpFrames(options: DumpOptions, told: (manifest: Manifest) => void): AsyncGenerator<Buffer> {
  const { client, source, selection, catalogue, toolsFolder } = options;
  const program = join(toolsFolder, 'pg_dump');
  await assertNewEnough(program, catalogue.server);
  const exported = await client.query<{ id: string }>('select pg_export_snapshot() as id');
  const without = source.leaveOut.map((name) => `--exclude-table-data=${quoteTable(qualified(name))}`);
  const args = ['--format=custom', '--compress=6', `--snapshot=${exported.rows[0]?.id}`, ...without];
  const child = startProgram(program, args, source.programEnvironment('save'));
  try {
    yield* jsonFrame('table', { name: 'pg_dump' });
    for await (const chunk of child.stdout) yield* frame('rows', chunk as Buffer);
    await child.ended();
    yield* jsonFrame('end', {});
  } finally {
    child.kill();
  }
  const tables = [];
  for (const table of selection.tables) {
    const { rows } = await client.query<{ n: string }>(`select count(*)::text as n from ${quoteTable(table.name)}`);
    tables.push({ ...shapeOf(table), rows: Number(rows[0]?.n), bytes: 0, sha256: '' });
  }
  const manifest: Manifest = {
    format: 1,
    database: selection.database,
    server: catalogue.server,
    tables,
    sequences: [],
    schema_sha256: schemaHash(tables),
  };
  told(manifest);
  yield* jsonFrame('manifest', manifest);
}

export interface Program {
  readonly stdin: NonNullable<ChildProcess['stdin']>;
  readonly stdout: NonNullable<ChildProcess['stdout']>;
  /** @throws connector.refused with what the program said, when it did not end well */
  ended(): Promise<void>;
  kill(): void;
}

const SAID_MAX = 2_000;

/** Passwords go through the environment: everybody on the machine can read the arguments of a program. */
export function startProgram(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(program, args, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', ...env }, stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-SAID_MAX);
  });
  const end = once(child, 'close').then(
    ([code]) => (code === 0 ? undefined : new Error(said)),
    (error: unknown) => error,
  );
  // Writing to a program that has ended is told by its end.
  child.stdin.on('error', () => undefined);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended: async () => {
      const failed = await end;
      if (failed === undefined) return;
      throw new TenantryError('connector.refused', `${program} did not do its work.`, {
        detail: said || String(failed),
        next: 'The log of the control plane has what it said.',
      });
    },
    kill: () => {
      if (child.exitCode === null) child.kill('SIGKILL');
    },
  };
}
