import { TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun, actOnStep } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly reason: string;
  readonly phase?: string;
  readonly gate?: string;
}

export const runOverrideCommand = (): Command =>
  withMoveOptions(
    withCommon(new Command('override').description('Go on in spite of a failed step or a closed gate, with a reason')),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('[step]', 'id of the step')
    .requiredOption('--reason <text>', 'why; kept for good, and never shown as a pass')
    .addOption(new Option('--phase <phase>', 'in place of a step: the phase whose gate to open'))
    .addOption(new Option('--gate <label>', 'the line of the gate, as run show names it'))
    .action(async (reference: string, step: string | undefined, options: Options, command: Command) => {
      const task = taskOf(command);
      const gate = gateOf(step, options);
      const client = task.connect();
      const id = await findRun(client, reference);
      const body = { ...roleOf(options), reason: options.reason };
      const after =
        gate === undefined
          ? await actOnStep(client, id, step ?? '', 'override', body)
          : await actOnRun(client, id, 'override-gate', { ...body, ...gate });
      await finishMove(task, client, after, `Overrode ${step ?? `the gate of ${gate?.phase}`}`, options);
    });

/** @throws command.invalid unless exactly one of a step and a gate is named */
function gateOf(step: string | undefined, { phase, gate }: Options): { phase: string; label: string } | undefined {
  if (step !== undefined && phase === undefined && gate === undefined) return undefined;
  if (step === undefined && phase !== undefined && gate !== undefined) return { phase, label: gate };
  throw new TenantryError('command.invalid', 'An override is either of a step or of one line of a gate.', {
    next: 'Name the step, or give --phase and --gate.',
  });
}
