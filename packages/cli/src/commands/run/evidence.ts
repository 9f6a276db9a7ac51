import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { commandLine } from '../../command-text.ts';
import { findRun } from '../../find-run.ts';
import { downloadEvidencePack } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { writeNew } from '../../write-new.ts';

interface Options {
  readonly output?: string;
  readonly force?: boolean;
}

export const runEvidenceCommand = (): Command =>
  withCommon(new Command('evidence').description('Write the evidence of a run as one archive that verifies offline'))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .option('--output <file>', 'where to write it; - for standard output')
    .option('--force', 'replace a file that is there')
    .action(async (reference: string, { output, force }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const { bytes, name } = await downloadEvidencePack(client, id);
      if (output === '-') return task.io.out.raw(bytes);
      const path = output ?? safeName(name) ?? `evidence-${id}.zip`;
      await writeNew(resolve(task.io.cwd, path), path, bytes, force === true);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const { style } = task.io.out;
      task.print({ schema: 'tenantry.evidence-file/1', run: id, file: path, bytes: bytes.byteLength, sha256 }, () => [
        `${style.good('✓')} Wrote ${path} (${Math.ceil(bytes.byteLength / 1_000)} kB, sha256 ${sha256}).`,
        `  ${style.faint('Check it, also elsewhere:')} ${style.accent(commandLine('evidence', 'verify', path))}`,
      ]);
    });

/** A name from a server never leaves the folder, hides or looks like an option. */
const safeName = (name: string | undefined): string | undefined =>
  name !== undefined && /^[A-Za-z0-9][\w.-]{0,200}\.zip$/.test(name) ? name : undefined;
