import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { type ImportedMarkdown, type ImportReport, importMarkdown } from '@tenantry/runbook';
import { Command } from 'commander';
import { commandLine } from '../../command-text.ts';
import { EXIT } from '../../exit-codes.ts';
import { decodeText, readBytes, TEXT_BYTES_MAX } from '../../input-file.ts';
import { type Task, taskOf, withFormat } from '../../session.ts';
import { writeNew } from '../../write-new.ts';

interface Options {
  readonly output?: string;
  readonly report?: string;
  readonly name?: string;
  readonly force?: boolean;
}

export const runbookImportCommand = (): Command =>
  withFormat(new Command('import').description('Turn a Markdown runbook into a draft, with nothing unaccounted for'))
    .argument('<file>', 'runbook, Markdown')
    .option('--output <file>', 'write the draft to this file instead of printing it')
    .option('--report <file>', 'write what became of each line to this file, JSON')
    .option('--name <id>', 'id of the runbook; default: from the name of the file')
    .option('--force', 'replace files that are there')
    .action(async (path: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const { cwd } = task.io;
      const bytes = await readBytes(path, cwd, TEXT_BYTES_MAX);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const file = basename(path);
      const name = options.name ?? idFrom(file);
      if (!/^[a-z][a-z0-9-]*$/.test(name)) throw badName(name);
      const imported = importMarkdown(decodeText(bytes, path), { name, file, sha256 });
      const isWhole = imported.report.unaccounted.length === 0 && errorsIn(imported.report) === 0;
      const document = {
        schema: 'tenantry.import/1',
        file: path,
        sha256,
        runbook: name,
        ok: isWhole,
        ...reportDocument(imported.report),
      };
      const force = options.force === true;
      const { output, report } = options;
      if (output !== undefined) await writeNew(resolve(cwd, output), output, imported.yaml, force);
      if (report !== undefined) {
        await writeNew(resolve(cwd, report), report, `${JSON.stringify(document, undefined, 2)}\n`, force);
      }
      tell(task, imported, document, output);
      if (!isWhole) task.end(EXIT.badInput);
    });

/** The draft goes to standard output alone, so that it can be piped; then the summary is a remark beside it. */
function tell(task: Task, { yaml, report }: ImportedMarkdown, document: object, output: string | undefined): void {
  const lines = summaryOf(report, task, output);
  if (output !== undefined) return task.print(document, () => lines);
  if (task.format === 'human') task.io.out.raw(yaml);
  else task.print({ ...document, yaml }, () => []);
  for (const line of lines) task.remark(line);
}

/** In the names of the wire. */
function reportDocument({ counts, draft, ...report }: ImportReport): object {
  const { tableRows, ...counted } = counts;
  const { checklistItems, formFields, ...drafted } = draft;
  return {
    counts: { ...counted, table_rows: tableRows },
    draft: { ...drafted, checklist_items: checklistItems, form_fields: formFields },
    ...report,
  };
}

const UNACCOUNTED_SHOWN = 20;

function summaryOf(report: ImportReport, { io: { out } }: Task, output: string | undefined): readonly string[] {
  const { style } = out;
  const { counts, draft, encoding, unaccounted, faults } = report;
  const errors = errorsIn(report);
  const isWhole = unaccounted.length === 0 && errors === 0;
  return [
    `${isWhole ? style.good('✓') : style.bad('✗')} ${counted(report.entries.length, 'piece')} of Markdown imported, ${unaccounted.length} unaccounted for, ${counted(errors, 'lint error')}.`,
    `  ${counted(counts.headings, 'heading')} -> ${counted(draft.phases, 'phase')}, ${counted(draft.steps, 'step')}, ${counted(draft.roles, 'role')}, ${counted(draft.references, 'reference')}`,
    `  ${counted(counts.checkboxes, 'checkbox', 'checkboxes')}, ${counted(counts.items, 'other item')}, ${counted(counts.tableRows, 'table row')} -> ${counted(draft.checklistItems, 'checklist item')}, ${counted(draft.formFields, 'form field')}, instructions`,
    `  ${counted(counts.commands, 'fenced command')} -> ${counted(draft.commands, 'command')} for people, to review before automating`,
    ...(encoding.repaired === 0 ? [] : [`  ${counted(encoding.repaired, 'mis-encoded character')} restored`]),
    ...(encoding.suspect === 0
      ? []
      : [`  ${style.warn('!')} ${counted(encoding.suspect, 'character')} may be damaged still`]),
    ...unaccounted
      .slice(0, UNACCOUNTED_SHOWN)
      .map(({ line, kind, text }) => `  ${style.bad('✗')} line ${line}: ${kind}: ${text}`),
    ...faults.map(({ line, severity, rule, message }) => `  draft line ${line ?? 1}: ${severity} ${rule}: ${message}`),
    ...(output === undefined
      ? []
      : [`  ${style.faint('Next:')} ${style.accent(commandLine('runbook', 'lint', output))}`]),
  ];
}

const errorsIn = ({ faults }: ImportReport): number => faults.filter(({ severity }) => severity === 'error').length;

const counted = (count: number, word: string, plural = `${word}s`): string => `${count} ${count === 1 ? word : plural}`;

/** `Client Onboarding (v2).md` is `client-onboarding-v2`. */
const idFrom = (file: string): string =>
  file
    .replace(/\.[^.]*$/, '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 60) || 'imported';

const badName = (name: string): TenantryError =>
  new TenantryError('command.invalid', `"${name}" is no id of a runbook.`, {
    next: 'Use a-z, 0-9 and hyphens, starting with a letter.',
  });
