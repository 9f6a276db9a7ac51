import { Command } from 'commander';
import { approveRunbook } from '../../published-runbooks.ts';
import { taskOf, withCommon } from '../../session.ts';

export const runbookApproveCommand = (): Command =>
  withCommon(
    new Command('approve')
      .description('Approve a published version in one role; runs start once every role it asks for has approved')
      .argument('<runbook>', 'id of the runbook')
      .argument('<version>', 'the published version')
      .requiredOption('--role <role>', 'the role you approve in'),
  ).action(async (runbook: string, version: string, { role }: { role: string }, command: Command) => {
    const task = taskOf(command);
    const approved = await approveRunbook(task.connect(), { runbook, version, role });
    task.print({ schema: 'tenantry.runbook/1', ...approved }, () => [
      `✓ Approved ${runbook} ${version} as ${role}.`,
      approved.missing.length === 0 ? '  It may run.' : `  Still missing: ${approved.missing.join(', ')}.`,
    ]);
  });
