import { operatorViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

export const operatorEmailCommand = (): Command =>
  withCommon(new Command('email').description('Give a person another address; their sessions and invitations end'))
    .argument('<operator>', 'id of the person, as operator list shows it')
    .argument('<address>', 'the new e-mail address')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, email: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/operators/${encodeURIComponent(id)}/email`;
      const operator = await task.connect().post(path, { email, reason }, operatorViewSchema);
      task.print({ schema: 'tenantry.operator/1', ...operator }, () => [
        `${task.io.out.style.good('✓')} ${plainLine(operator.name)} has the address ${plainLine(operator.email)} now; both addresses are told.`,
      ]);
    });
