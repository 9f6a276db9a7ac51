import { operatorViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

export const operatorDisableCommand = (): Command =>
  withCommon(new Command('disable').description('End the keys, sessions and access of a person at once'))
    .argument('<operator>', 'id of the person, as operator list shows it')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/operators/${encodeURIComponent(id)}/disable`;
      const operator = await task.connect().post(path, { reason }, operatorViewSchema);
      task.print({ schema: 'tenantry.operator/1', ...operator }, () => [
        `${task.io.out.style.good('✓')} ${plainLine(operator.name)} is disabled: nothing of theirs opens any more.`,
      ]);
    });
