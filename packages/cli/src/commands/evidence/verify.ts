import { Command } from 'commander';
import { verifyEvidencePack } from '../../evidence/verify-pack.ts';
import { EXIT } from '../../exit-codes.ts';
import { readBytes } from '../../input-file.ts';
import { taskOf, withFormat } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

const PACK_BYTES_MAX = 1_000_000_000;

interface Options {
  readonly publicKey?: string;
}

export const evidenceVerifyCommand = (): Command =>
  withFormat(new Command('verify').description('Check an evidence archive by itself: no control plane, no network'))
    .argument('<file>', 'the archive, as run evidence wrote it')
    .option('--public-key <base64>', 'the key it must be signed with, noted down earlier from the installation')
    .action(async (path: string, { publicKey }: Options, command: Command) => {
      const task = taskOf(command);
      const bytes = await readBytes(path, task.io.cwd, PACK_BYTES_MAX);
      const verdict = await verifyEvidencePack(bytes, publicKey === undefined ? {} : { publicKey });
      const { style } = task.io.out;
      const about =
        verdict.run === undefined
          ? ''
          : ` of ${plainLine(verdict.run.title)} (${verdict.run.id}, ${verdict.run.status})`;
      task.print({ schema: 'tenantry.evidence-verdict/1', file: path, ...verdict }, () => [
        verdict.ok
          ? `${style.good('✓')} The evidence${about} is whole and unchanged.`
          : `${style.bad('✗')} The evidence${about} does not verify: ${verdict.problems.length} faults.`,
        ...verdict.problems.map(
          ({ kind, file, message }) =>
            `  ${style.bad(kind)} ${file === undefined ? '' : `${plainLine(file)}: `}${plainLine(message)}`,
        ),
        ...(verdict.keyId === undefined ? [] : [`  ${style.faint('signed with key')} ${verdict.keyId}`]),
        ...verdict.notes.map((note) => `  ${style.faint('note:')} ${plainLine(note)}`),
      ]);
      if (!verdict.ok) task.end(EXIT.badInput);
    });
