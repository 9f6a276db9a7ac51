import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import { type IntakeRecord, sealIntake } from '../../intake-records.ts';
import { taskOf, withFormat } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

export const intakeSealCommand = (): Command =>
  withFormat(new Command('seal').description('Write the sha256 of each record of an intake file into it'))
    .argument('<file>', 'client file or bare intake, YAML or JSON')
    .option('--check', 'change nothing, and end with 64 when a hash is missing or does not hold')
    .action(async (path: string, { check }: { readonly check?: boolean }, command: Command) => {
      const task = taskOf(command);
      const file = await task.readText(path);
      const { records, source } = sealIntake(file.source, path);
      const changed = source !== file.source;
      if (changed && check !== true) await writeFile(file.absolutePath, source);
      const documents = records.map(({ before, ...record }) => ({ ...record, before: before ?? null }));
      task.print({ schema: 'tenantry.intake-seal/1', file: path, changed, records: documents }, () => [
        ...records.map((record) => recordLine(record, check === true)),
        records.length === 0
          ? `${path} holds no records ({ content, recorded_by, recorded_at }).`
          : summary(path, changed, check === true),
      ]);
      if (changed && check === true) task.end(EXIT.badInput);
    });

function recordLine({ path, before, sha256 }: IntakeRecord, check: boolean): string {
  const name = plainLine(path === '' ? 'the file itself' : path);
  if (before === sha256) return `✓ ${name}  ${sha256}`;
  const was = before === undefined ? 'had none' : 'its content has changed since it was sealed';
  return `${check ? '✗' : '✓'} ${name}  ${sha256}  (${was})`;
}

function summary(path: string, changed: boolean, check: boolean): string {
  if (!changed) return `${path} is sealed.`;
  return check ? `${path} is not sealed: tenantry intake seal ${path} writes the hashes.` : `Sealed ${path}.`;
}
