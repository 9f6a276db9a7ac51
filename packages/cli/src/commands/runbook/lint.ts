import { writeFile } from 'node:fs/promises';
import type { LintResult } from '@tenantry/runbook';
import { fixSource } from '@tenantry/runbook';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import type { InputFile } from '../../input-file.ts';
import { findCatalog, lintFile, NO_CATALOG } from '../../runbook-source.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { faultLines } from '../../views/fault-lines.ts';

interface Linted {
  readonly file: InputFile;
  readonly faults: LintResult['faults'];
  readonly catalog: string | null;
  readonly fixed: number;
}

export const runbookLintCommand = (): Command =>
  withCommon(
    new Command('lint').description('Check runbooks: every fault at once, with line, reason and fix; works offline'),
  )
    .argument('<file...>', 'runbooks, YAML')
    .option('--fix', 'repair quoting first, in the files')
    .action(async (paths: readonly string[], { fix }: { readonly fix?: boolean }, command: Command) => {
      const task = taskOf(command);
      const linted: Linted[] = [];
      for (const path of paths) linted.push(await lintOne(task, path, fix === true));
      if (linted.some(({ catalog }) => catalog === null)) task.remark(NO_CATALOG);
      task.print({ schema: 'tenantry.lint/1', files: linted.map(documentOf) }, () =>
        linted.flatMap((one) => linesOf(one, task)),
      );
      if (linted.some(({ faults }) => errorsOf(faults) > 0)) task.end(EXIT.badInput);
    });

async function lintOne(task: Task, path: string, fix: boolean): Promise<Linted> {
  const file = await task.readText(path);
  const repaired = fix ? fixSource(file.source) : { source: file.source, fixed: 0 };
  if (repaired.source !== file.source) await writeFile(file.absolutePath, repaired.source);
  const { catalog, from } = await findCatalog(task, file);
  const { faults } = lintFile(file, repaired.source, catalog);
  return { file: { ...file, source: repaired.source }, faults, catalog: from ?? null, fixed: repaired.fixed };
}

const documentOf = ({ file, faults, catalog, fixed }: Linted): object => ({
  file: file.path,
  ok: errorsOf(faults) === 0,
  catalog,
  fixed,
  faults,
});

function linesOf({ file, faults, fixed }: Linted, { io: { out } }: Task): readonly string[] {
  const { style } = out;
  const repaired =
    fixed === 0 ? [] : [`${style.good('✓')} ${file.path}: quoted ${fixed} ${fixed === 1 ? 'value' : 'values'}.`];
  if (faults.length === 0) return [...repaired, `${style.good('✓')} ${file.path}: no faults.`];
  const errors = errorsOf(faults);
  const count = [countWords(errors, 'error'), countWords(faults.length - errors, 'warning')]
    .filter((words) => words !== '')
    .join(', ');
  return [
    ...repaired,
    ...faultLines(faults, file, out),
    `${errors > 0 ? style.bad('✗') : style.warn('!')} ${file.path}: ${count}.`,
  ];
}

const errorsOf = (faults: LintResult['faults']): number => faults.filter(({ severity }) => severity === 'error').length;

const countWords = (count: number, word: string): string =>
  count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`;
