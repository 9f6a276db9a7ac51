import { suspensionCauseSchema, tenantLifeSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { lifeLines } from './life-lines.ts';

interface Options {
  readonly cause: string;
  readonly reason: string;
  readonly mode?: string;
  readonly authority?: string;
}

export const tenantSuspendCommand = (): Command =>
  withCommon(new Command('suspend').description('Suspend a tenant; its administrators are told'))
    .argument('<tenant>', 'id or slug')
    .addOption(new Option('--cause <cause>', 'what for').choices(suspensionCauseSchema.options).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why; kept for good, and told to the administrators')
    .addOption(
      new Option('--mode <mode>', 'how far it is shut out; that of the cause unless given').choices([
        'read-only',
        'blocked',
      ]),
    )
    .option('--authority <text>', "on whose word; for customer_request the customer's administrator")
    .action(async (tenant: string, { cause, reason, mode, authority }: Options, command: Command) => {
      const task = taskOf(command);
      const body = { cause, reason, access_mode: mode, authority };
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/suspend`;
      const life = await task.connect().post(path, body, tenantLifeSchema);
      task.print({ schema: 'tenantry.tenant-life/1', ...life }, () => lifeLines(life, task, 'Suspended.'));
    });
