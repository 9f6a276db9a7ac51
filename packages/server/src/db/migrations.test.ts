import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMigrations } from './migrations.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const write = (name: string, sql: string): Promise<void> => writeFile(join(directory, name), sql);
const read = () => readMigrations(pathToFileURL(`${directory}/`));

describe('readMigrations', () => {
  it('orders by number and reads the markers', async () => {
    await write('0002_drop.sql', '--! breaking\ndrop table a;\n');
    await write('0001_make.sql', '--! login\ncreate table a ();\n');
    await write('notes.md', 'no migration');
    expect((await read()).map(({ name, breaking, asLogin }) => ({ name, breaking, asLogin }))).toEqual([
      { name: '0001_make', breaking: false, asLogin: true },
      { name: '0002_drop', breaking: true, asLogin: false },
    ]);
  });

  it('takes a file with other line ends for the same migration', async () => {
    await write('0001_make.sql', 'create table a ();\ncreate table b ();\n');
    const unix = (await read())[0]?.sha256;
    await write('0001_make.sql', 'create table a ();\r\ncreate table b ();\r\n');
    expect((await read())[0]?.sha256).toBe(unix);
  });

  it.each([
    ['two files with one number', ['0001_a.sql', '0001_b.sql'], 'have the same number'],
    ['a name without a number', ['make.sql'], 'is not named like'],
    ['a build without migrations', [], 'ships no migrations'],
  ])('refuses %s', async (_what, files, message) => {
    for (const file of files) await write(file, 'select 1;');
    await expect(read()).rejects.toThrow(message);
  });

  it('refuses a marker it does not know, which may be a misspelt one', async () => {
    await write('0001_a.sql', '--! braking\nselect 1;');
    await expect(read()).rejects.toThrow('unknown marker "--! braking"');
  });

  it('finds the migrations of this release', async () => {
    expect((await readMigrations())[0]?.name).toBe('0001_roles_and_schema');
  });
});
