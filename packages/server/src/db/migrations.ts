import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { bug } from '@tenantry/contract';

export interface Migration {
  /** File name without `.sql`; the number in front orders it. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
  /** `--! breaking`: a release that does not know this migration must not run on the database. */
  readonly breaking: boolean;
  /** `--! login`: runs as the connecting login instead of `tenantry_owner`. */
  readonly asLogin: boolean;
}

/** Beside this module, in the sources and in the build output alike. */
const SHIPPED = new URL('./migrations/', import.meta.url);

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

const parse = (file: string, raw: string): Migration => {
  // A checkout that turned line ends around is still the same migration.
  const sql = raw.replaceAll('\r\n', '\n');
  const markers = new Set([...sql.matchAll(/^--! *(\S+)$/gm)].map((match) => match[1]));
  const unknown = [...markers].filter((marker) => marker !== 'breaking' && marker !== 'login');
  if (unknown.length > 0) throw bug(`Migration ${file} has the unknown marker "--! ${unknown[0]}".`);
  return {
    name: file.slice(0, -'.sql'.length),
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
    breaking: markers.has('breaking'),
    asLogin: markers.has('login'),
  };
};

/** The migrations of this release in their order. Two files with one number are refused. */
export const readMigrations = async (directory: URL = SHIPPED): Promise<readonly Migration[]> => {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const seen = new Map<string, string>();
  for (const file of files) {
    const number = FILE_NAME.exec(file)?.[1];
    if (number === undefined) throw bug(`Migration ${file} is not named like 0001_what_it_does.sql.`);
    const other = seen.get(number);
    if (other !== undefined) throw bug(`Migrations ${other} and ${file} have the same number.`);
    seen.set(number, file);
  }
  if (files.length === 0) throw bug('This build ships no migrations.', { detail: directory.pathname });
  return Promise.all(files.map(async (file) => parse(file, await readFile(new URL(file, directory), 'utf8'))));
};
