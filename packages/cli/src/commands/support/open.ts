import { supportAccessSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { supportLine } from './support-line.ts';

interface Options {
  readonly reason: string;
  readonly hours: number;
  readonly person?: string;
}

export const supportOpenCommand = (): Command =>
  withCommon(new Command('open').description('Ask for access to a tenant, or give it to a person'))
    .argument('<tenant>', 'id or slug')
    .requiredOption('--reason <text>', 'why, in words the client understands')
    .addOption(new Option('--hours <number>', 'how long').argParser(wholeNumber(1, 24)).default(4))
    .option('--person <id>', 'for somebody else: then it is granted at once')
    .action(async (tenant: string, { reason, hours, person }: Options, command: Command) => {
      const task = taskOf(command);
      const body = { reason, hours, ...(person === undefined ? {} : { person }) };
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/support-access`;
      const access = await task.connect().post(path, body, supportAccessSchema);
      task.print({ schema: 'tenantry.support-access/1', ...access }, () => [supportLine(access)]);
    });
