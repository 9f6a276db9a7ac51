import { Argument, Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion-script.ts';
import { ioOf } from '../session.ts';

export const completionCommand = (): Command =>
  new Command('completion')
    .description('Print a script that completes commands in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText('after', '\nFor bash: eval "$(npx --no-install tenantry completion bash)"')
    .action((shell: Shell, _options: object, command: Command) => {
      ioOf(command).out.raw(completionScript(rootOf(command), shell));
    });

const rootOf = (command: Command): Command => (command.parent === null ? command : rootOf(command.parent));
