import { operatorViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { collect, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { grantText, parseGrant } from './grant-words.ts';

interface Options {
  readonly role?: readonly string[];
  readonly runbookRole?: readonly string[];
  readonly reason: string;
}

export const operatorGrantCommand = (): Command =>
  withCommon(new Command('grant').description('Say what a person of the vendor may do from now on'))
    .argument('<operator>', 'id of the person, as operator list shows it')
    .option('--role <role>', 'ROLE, ROLE@PRODUCT or ROLE:CLIENT; all of them, repeated; none takes every role', collect)
    .option('--runbook-role <role>', 'who they are in runbooks; all of them, repeated; left out: as before', collect)
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, { role = [], runbookRole, reason }: Options, command: Command) => {
      const task = taskOf(command);
      const body = {
        grants: role.map(parseGrant),
        reason,
        ...(runbookRole === undefined ? {} : { roles: runbookRole }),
      };
      const path = `/api/v1/operators/${encodeURIComponent(id)}/grants`;
      const operator = await task.connect().post(path, body, operatorViewSchema);
      const may = operator.grants.map(grantText).join(', ') || 'nothing';
      task.print({ schema: 'tenantry.operator/1', ...operator }, () => [
        `${task.io.out.style.good('✓')} ${plainLine(operator.name)} may now: ${may}. Their keys follow within a second.`,
      ]);
    });
