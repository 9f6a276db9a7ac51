import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { Command } from 'commander';
import { publishRunbook } from '../../published-runbooks.ts';
import { taskOf, withCommon } from '../../session.ts';

const FILE_BYTES_MAX = 1_000_000;
const FILES_MAX = 200;

export const runbookPublishCommand = (): Command =>
  withCommon(
    new Command('publish')
      .description('Publish a version of a runbook; a published version never changes')
      .argument('<file>', 'runbook; the files it names lie beside it'),
  ).action(async (path: string, _options: object, command: Command) => {
    const task = taskOf(command);
    const file = await task.readText(path);
    const published = await publishRunbook(task.connect(), {
      file: basename(path),
      source: file.source,
      files: filesBeside(file.absolutePath),
    });
    task.print({ schema: 'tenantry.publication/1', ...published }, () => [
      published.is_new
        ? `✓ Published ${published.id} ${published.version} (${published.hash.slice(0, 12)}).`
        : `✓ ${published.id} ${published.version} was published before, with the same content.`,
      `  Next: npx --no-install tenantry runbook approve ${published.id} ${published.version} --role ROLE`,
    ]);
  });

/** Text files below the runbook's folder; the server keeps those the runbook names. */
function filesBeside(runbook: string): Readonly<Record<string, string>> {
  const folder = dirname(runbook);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== runbook && statSync(path).size <= FILE_BYTES_MAX)
    .slice(0, FILES_MAX);
  return Object.fromEntries(
    paths.map((path) => [relative(folder, path).replaceAll('\\', '/'), readFileSync(path, 'utf8')]),
  );
}
