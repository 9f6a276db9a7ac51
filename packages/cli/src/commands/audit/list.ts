import { type AuditRowView, auditRowSchema, pageSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { timeText } from '../../terminal/time-text.ts';

const auditPageSchema = pageSchema(auditRowSchema);

interface Options {
  readonly action?: string;
  readonly tenant?: string;
  readonly run?: string;
  readonly actor?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export const auditListCommand = (): Command =>
  withCommon(new Command('list').description('List the audit log, newest first'))
    .option('--action <action>', 'an action or its beginning, such as tenant. or run.started')
    .option('--tenant <id>', 'only of this tenant')
    .option('--run <id>', 'only of this run')
    .option('--actor <id>', 'only what this person, user or run did')
    .option('--from <time>', 'not before this time (ISO 8601)')
    .option('--to <time>', 'before this time (ISO 8601)')
    .addOption(new Option('--limit <number>', 'rows at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ action, tenant, run, actor, from, to, limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const query = { action, tenant, run, actor, from, to, limit, cursor };
      const page = await task.connect().get('/api/v1/audit', auditPageSchema, { query });
      task.print({ schema: 'tenantry.audit/1', ...page }, () => [
        ...tableLines<AuditRowView>(
          page.items,
          [
            { title: 'at', text: ({ at }) => timeText(at) },
            { title: 'who', text: ({ actor }) => actor.name ?? actor.id },
            { title: 'action', text: (row) => row.action },
            { title: 'what', text: ({ subject }) => `${subject.kind} ${subject.name ?? subject.id}`, flexible: true },
            { title: 'reason', text: ({ reason }) => reason ?? '', flexible: true },
          ],
          task.io.out,
        ),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });
