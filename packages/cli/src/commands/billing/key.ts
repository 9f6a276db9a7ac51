import { billingKeyKindSchema, billingSetUpSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { readTextFile } from '../../input-file.ts';
import { taskOf, withCommon } from '../../session.ts';
import { billingPath, printSetUp } from './show.ts';

export const billingKeyCommand = (): Command =>
  new Command('key')
    .description('Signing secrets and the API key of a product')
    .addCommand(addCommand())
    .addCommand(retireCommand());

interface AddOptions {
  readonly kind: string;
  readonly label?: string;
  readonly file: string;
}

const addCommand = (): Command =>
  withCommon(new Command('add').description('Seal a signing secret beside those that hold, or another API key'))
    .argument('<product>', 'id of the product')
    .requiredOption('--file <path>', 'file that holds the value and nothing else; it is not kept')
    .addOption(
      new Option('--kind <kind>', 'what it is').choices(billingKeyKindSchema.options).default('signing_secret'),
    )
    .option('--label <text>', 'what it is told apart by; the month unless given')
    .action(async (product: string, { kind, label, file }: AddOptions, command: Command) => {
      const task = taskOf(command);
      // Not through the task: a file it has read may be quoted in an error.
      const { source } = await readTextFile(file, task.io.cwd);
      const body = { kind, label: label ?? new Date().toISOString().slice(0, 7), secret: source.trim() };
      printSetUp(task, await task.connect().post(`${billingPath(product)}/keys`, body, billingSetUpSchema));
    });

const retireCommand = (): Command =>
  withCommon(new Command('retire').description('End a signing secret or an API key at once'))
    .argument('<product>', 'id of the product')
    .argument('<key>', 'its id, as `tenantry billing show` lists it')
    .action(async (product: string, key: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const path = `${billingPath(product)}/keys/${encodeURIComponent(key)}/retire`;
      printSetUp(task, await task.connect().post(path, {}, billingSetUpSchema));
    });
