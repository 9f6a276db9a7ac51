import { Command } from 'commander';
import { listPublishedRunbooks, type PublishedRunbook } from '../../published-runbooks.ts';
import { taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { timeText } from '../../terminal/time-text.ts';

export const runbookListCommand = (): Command =>
  withCommon(new Command('list').description('List published runbooks and their approvals')).action(
    async (_options: object, command: Command) => {
      const task = taskOf(command);
      const items = await listPublishedRunbooks(task.connect());
      task.print({ schema: 'tenantry.runbooks/1', items, next_cursor: null }, () =>
        items.length === 0
          ? ['No runbook is published.']
          : tableLines<PublishedRunbook>(
              items,
              [
                { title: 'runbook', text: ({ id }) => id },
                { title: 'version', text: ({ version }) => version },
                { title: 'title', text: ({ title }) => title, flexible: true },
                { title: 'approved', text: approvalText, flexible: true },
                { title: 'review', text: reviewText },
                { title: 'published', text: ({ published_at }) => timeText(published_at) },
              ],
              task.io.out,
            ),
      );
    },
  );

function approvalText({ approvals, missing }: PublishedRunbook): string {
  const given = approvals.map(({ role, development }) => (development ? `${role} (development approval)` : role));
  return [...given, ...missing.map((role) => `${role} missing`)].join(', ');
}

const reviewText = ({ review }: PublishedRunbook): string =>
  review === null ? '' : review.is_due ? `due since ${review.next_on}` : `by ${review.next_on}`;
