import { TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { fileBody } from './file-body.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly note?: string;
  readonly link?: string;
  readonly sha256?: string;
  readonly file?: string;
  readonly undo?: boolean;
}

export const runTickCommand = (): Command =>
  withMoveOptions(withCommon(new Command('tick').description('Tick one item of a task, with the evidence it asks for')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the task')
    .argument('<item>', 'id of the item, as run show names it')
    .option('--note <text>', 'what you saw, kept as evidence')
    .option('--link <url>', 'where it can be seen')
    .option('--file <path>', 'a file, kept as evidence')
    .option('--sha256 <hash>', 'in place of a file: the SHA-256 of one that is kept elsewhere')
    .option('--undo', 'take the tick back, while the task is open')
    .action(async (reference: string, step: string, item: string, options: Options, command: Command) => {
      const task = taskOf(command);
      refuseBoth(options);
      const client = task.connect();
      const id = await findRun(client, reference);
      const body = {
        ...roleOf(options),
        item,
        done: options.undo !== true,
        ...(options.note === undefined ? {} : { note: options.note }),
        ...(options.link === undefined ? {} : { link: options.link }),
        ...(options.sha256 === undefined ? {} : { hash: options.sha256.toLowerCase() }),
        ...(options.file === undefined ? {} : { file: await fileBody(options.file, task.io.cwd) }),
      };
      const after = await actOnStep(client, id, step, 'tick', body);
      await finishMove(
        task,
        client,
        after,
        `${options.undo === true ? 'Took back' : 'Ticked'} ${item} of ${step}`,
        options,
      );
    });

/** @throws command.invalid */
function refuseBoth({ file, sha256 }: Options): void {
  if (file === undefined || sha256 === undefined) return;
  throw new TenantryError('command.invalid', 'A file has one hash: give --file or --sha256, not both.');
}
