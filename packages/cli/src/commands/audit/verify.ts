import {
  type AuditVerdictView,
  auditVerdictSchema,
  type CheckpointView,
  checkpointSchema,
  TenantryError,
} from '@tenantry/contract';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

/** Reading a long chain takes its time. */
const TIMEOUT_MS = 10 * 60_000;

export const auditVerifyCommand = (): Command =>
  withCommon(
    new Command('verify').description('Read the whole audit chain and tell what was altered, removed or cut off'),
  )
    .option('--checkpoint <file>', 'a checkpoint exported earlier: only it can show that the newest rows were cut off')
    .action(async ({ checkpoint }: { readonly checkpoint?: string }, command: Command) => {
      const task = taskOf(command);
      const options = { timeoutMs: TIMEOUT_MS };
      const client = task.connect();
      const verdict =
        checkpoint === undefined
          ? await client.get('/api/v1/audit/verify', auditVerdictSchema, options)
          : await client.post(
              '/api/v1/audit/verify',
              await readCheckpoint(task, checkpoint),
              auditVerdictSchema,
              options,
            );
      task.print(verdict, () => verdictLines(verdict, task));
      if (!verdict.ok) task.end(EXIT.unexpected);
    });

async function readCheckpoint(task: Task, path: string): Promise<CheckpointView> {
  const file = await task.readText(path);
  try {
    return checkpointSchema.parse(JSON.parse(file.source));
  } catch (error) {
    throw new TenantryError('file.unreadable', `${path} is not an exported checkpoint.`, {
      cause: error,
      next: 'Give the file as it was exported.',
    });
  }
}

function verdictLines(verdict: AuditVerdictView, { io }: Task): readonly string[] {
  const { style } = io.out;
  const facts = `${verdict.rows} linked rows, ${verdict.pending} not linked yet, ${verdict.erased} erased with a record`;
  if (verdict.ok) return [`${style.good('✓')} The audit chain holds up to ${verdict.sealed_to}: ${facts}.`];
  const hidden = verdict.problems_total - verdict.problems.length;
  return [
    `${style.bad('✗')} The audit chain does not hold: ${verdict.problems_total} faults; ${facts}.`,
    ...verdict.problems.map(
      ({ kind, position, message }) =>
        `  ${style.bad(kind)} ${position === null ? '' : `at ${position}: `}${plainLine(message)}`,
    ),
    ...(hidden > 0 ? [`  … and ${hidden} more`] : []),
    '  Next: keep a copy of the database as it is, then compare with a backup and the exported checkpoints.',
  ];
}
