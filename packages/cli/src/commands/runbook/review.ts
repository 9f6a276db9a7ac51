import { TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { listPublishedRunbooks, reviewRunbook } from '../../published-runbooks.ts';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly role?: string;
  readonly note?: string;
  readonly next?: string;
}

export const runbookReviewCommand = (): Command =>
  withCommon(
    new Command('review')
      .description('Record that you looked whether the newest version of a runbook still says what is done')
      .argument('<runbook>', 'id of the runbook')
      .option('--role <role>', 'the role you review in, when you hold several that may')
      .option('--note <text>', 'what you found, kept in the audit log')
      .option('--next <date>', 'the day of the next review, where it is another than the runbook says'),
  ).action(async (runbook: string, { role, note, next }: Options, command: Command) => {
    const task = taskOf(command);
    const client = task.connect();
    const newest = (await listPublishedRunbooks(client)).find(({ id }) => id === runbook);
    if (newest === undefined) {
      throw new TenantryError('runbook.not_found', `No runbook "${runbook}" is published.`, {
        next: 'tenantry runbook list shows those that are.',
      });
    }
    const { version } = newest;
    const body = {
      ...(role === undefined ? {} : { role }),
      ...(note === undefined ? {} : { note }),
      ...(next === undefined ? {} : { next_on: next }),
    };
    const reviewed = await reviewRunbook(client, { runbook, version, body });
    task.print({ schema: 'tenantry.runbook/1', ...reviewed }, () => [
      `✓ Reviewed ${runbook} ${version}. The next review is due on ${reviewed.review?.next_on ?? 'no day'}.`,
    ]);
  });
