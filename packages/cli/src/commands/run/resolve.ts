import { TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep } from '../../runs-api.ts';
import { collect, taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly happened?: boolean;
  readonly didNotHappen?: boolean;
  readonly reason: string;
  readonly output?: string[];
}

export const runResolveCommand = (): Command =>
  withMoveOptions(
    withCommon(
      new Command('resolve').description('Say what an interrupted call really did, after looking at the other side'),
    ),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .addOption(new Option('--happened', 'it took effect').conflicts('didNotHappen'))
    .addOption(new Option('--did-not-happen', 'it did not: the step is tried again'))
    .requiredOption('--reason <text>', 'how you know')
    .addOption(
      new Option(
        '--output <name=json>',
        'with --happened: a value of the output, as found on the other side; may be repeated',
      ).argParser(collect),
    )
    .action(async (reference: string, step: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const outcome = outcomeOf(options);
      const output = Object.fromEntries((options.output ?? []).map(outputMember));
      const client = task.connect();
      const id = await findRun(client, reference);
      const body = { ...roleOf(options), outcome, output, reason: options.reason };
      const after = await actOnStep(client, id, step, 'resolve', body);
      await finishMove(task, client, after, `Recorded that ${step} ${outcome.replaceAll('_', ' ')}`, options);
    });

function outcomeOf({ happened, didNotHappen }: Options): 'happened' | 'did_not_happen' {
  if (happened === true) return 'happened';
  if (didNotHappen === true) return 'did_not_happen';
  throw new TenantryError('command.invalid', 'What did the call do?', {
    next: 'Look at the other side, then give --happened or --did-not-happen.',
  });
}

/** Text that is no JSON is taken as it is. */
function outputMember(pair: string): [string, unknown] {
  const at = pair.indexOf('=');
  if (at < 1) throw new TenantryError('command.invalid', `"${pair}" is not of the form name=value.`);
  const text = pair.slice(at + 1);
  try {
    return [pair.slice(0, at), JSON.parse(text)];
  } catch {
    return [pair.slice(0, at), text];
  }
}
