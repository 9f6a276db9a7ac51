import { operatorViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

interface Options {
  readonly issuer: string;
  readonly subject: string;
}

export const operatorLinkIdentityCommand = (): Command =>
  withCommon(new Command('link-identity').description('Say which account of your company’s provider a person is'))
    .argument('<operator>', 'id of the person, as operator list shows it')
    .requiredOption('--issuer <url>', 'issuer of the provider')
    .requiredOption('--subject <text>', 'the account’s sub; the audit log has that of a sign-in that was refused')
    .action(async (id: string, { issuer, subject }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/operators/${encodeURIComponent(id)}/identities`;
      const operator = await task.connect().post(path, { issuer, subject }, operatorViewSchema);
      task.print({ schema: 'tenantry.operator/1', ...operator }, () => [
        `${task.io.out.style.good('✓')} ${plainLine(operator.name)} signs in with ${plainLine(subject)} of ${plainLine(issuer)}.`,
      ]);
    });
