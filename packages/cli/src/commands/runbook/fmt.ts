import { writeFile } from 'node:fs/promises';
import { TenantryError } from '@tenantry/contract';
import { formatRunbook } from '@tenantry/runbook';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import type { InputFile } from '../../input-file.ts';
import { taskOf, withFormat } from '../../session.ts';

export const runbookFmtCommand = (): Command =>
  withFormat(new Command('fmt').description('Write runbooks in their one form; comments stay'))
    .argument('<file...>', 'runbooks, YAML')
    .option('--check', 'change nothing, and end with 64 when a file is not in that form')
    .action(async (paths: readonly string[], { check }: { readonly check?: boolean }, command: Command) => {
      const task = taskOf(command);
      const files: { file: string; changed: boolean }[] = [];
      for (const path of paths) {
        const file = await task.readText(path);
        const formatted = format(file);
        const changed = formatted !== file.source;
        if (changed && check !== true) await writeFile(file.absolutePath, formatted);
        files.push({ file: path, changed });
      }
      const words = check === true ? 'is not in its form' : 'formatted';
      task.print({ schema: 'tenantry.fmt/1', files }, () =>
        files.map(({ file, changed }) =>
          changed ? `${check === true ? '✗' : '✓'} ${file}: ${words}` : `✓ ${file}: as it should be`,
        ),
      );
      if (check === true && files.some(({ changed }) => changed)) task.end(EXIT.badInput);
    });

/** @throws runbook.invalid, naming the file */
function format(file: InputFile): string {
  try {
    return formatRunbook(file.source);
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    throw new TenantryError(error.code, `${file.path}: ${error.message}`, {
      faults: error.faults,
      next: 'Correct the syntax first.',
    });
  }
}
