import { TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun, listResources } from '../../runs-api.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly reason: string;
  readonly keep?: boolean;
  readonly undo?: boolean;
}

export const runCancelCommand = (): Command =>
  withMoveOptions(withCommon(new Command('cancel').description('End a run; keep what it made, or take it back')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .requiredOption('--reason <text>', 'why; kept with the run')
    .addOption(new Option('--keep', 'leave what the run made').conflicts('undo'))
    .addOption(new Option('--undo', 'take back what the run made, last made first'))
    .action(async (reference: string, options: Options, command: Command) => {
      const task = taskOf(command);
      // Without a terminal this is refused before anything is looked up.
      const decided = decidedAlready(options, task);
      const client = task.connect();
      const id = await findRun(client, reference);
      const undo =
        decided ??
        (await askUndo(
          task,
          (await listResources(client, id)).filter(({ status }) => status === 'standing'),
        ));
      const after = await actOnRun(client, id, 'cancel', { ...roleOf(options), reason: options.reason, undo });
      await finishMove(
        task,
        client,
        after,
        undo ? 'The run ends and takes back what it made' : 'The run has ended',
        options,
      );
    });

function decidedAlready({ keep, undo }: Options, { io, format }: Task): boolean | undefined {
  if (undo === true) return true;
  if (keep === true) return false;
  if (io.ask !== undefined && format === 'human') return undefined;
  throw new TenantryError('command.invalid', 'Shall what the run made be kept or taken back?', {
    next: 'Give --keep or --undo; there is nobody here to ask.',
  });
}

const SHOWN = 10;

/** @throws command.invalid when the answer is neither */
async function askUndo(
  { io, remark }: Task,
  made: readonly { kind: string; name: string; claim: string }[],
): Promise<boolean> {
  remark(made.length === 0 ? 'The run has made nothing so far.' : `The run has made ${made.length}:`);
  for (const { claim, kind, name } of made.slice(0, SHOWN)) remark(`  ${claim} ${plainLine(kind)} ${plainLine(name)}`);
  if (made.length > SHOWN) remark(`  … and ${made.length - SHOWN} more`);
  const answer = ((await io.ask?.('Keep it, or undo it? [keep/undo] ')) ?? '').toLowerCase();
  if (answer === 'keep' || answer === 'undo') return answer === 'undo';
  throw new TenantryError('command.invalid', 'Neither keep nor undo: the run goes on.', {
    next: 'Type the command again with --keep or --undo.',
  });
}
