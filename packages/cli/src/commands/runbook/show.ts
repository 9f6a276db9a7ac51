import { TenantryError } from '@tenantry/contract';
import { parseRunbook, type Runbook, type Step } from '@tenantry/runbook';
import { Command } from 'commander';
import { listPublishedRunbooks, type PublishedRunbook } from '../../published-runbooks.ts';
import { mustBeRunbook, readBeside } from '../../runbook-source.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { padText, textWidth } from '../../terminal/text-width.ts';
import { timeText } from '../../terminal/time-text.ts';

const LOOKS_LIKE_FILE = /[/\\]|\.(?:ya?ml|json)$/i;

export const runbookShowCommand = (): Command =>
  withCommon(
    new Command('show').description('Show a runbook: a file by its phases and steps, a published one by its approvals'),
  )
    .argument('<runbook>', 'file, or id of a published runbook')
    .action(async (reference: string, _options: object, command: Command) => {
      const task = taskOf(command);
      if (LOOKS_LIKE_FILE.test(reference)) return showFile(task, reference);
      const items = await listPublishedRunbooks(task.connect());
      const versions = items.filter(({ id }) => id === reference);
      if (versions.length === 0) {
        throw new TenantryError('runbook.not_found', `No runbook "${reference}" is published.`, {
          next: 'tenantry runbook list shows those that are; a file is named with its .yaml.',
        });
      }
      task.print({ schema: 'tenantry.runbooks/1', items: versions, next_cursor: null }, () =>
        versions.flatMap((version) => publishedLines(version, task)),
      );
    });

async function showFile(task: Task, path: string): Promise<void> {
  const file = await task.readText(path);
  const runbook = mustBeRunbook(file, parseRunbook(file.source, { file: path, read: readBeside(file) }));
  task.print({ schema: 'tenantry.runbook/1', file: path, runbook }, () => outlineLines(runbook, task));
}

function publishedLines(
  { id, version, title, hash, published_at, approvals, missing, review }: PublishedRunbook,
  { io }: Task,
): readonly string[] {
  const { style } = io.out;
  return [
    `${style.strong(plainLine(title))}  ${plainLine(id)} ${plainLine(version)}`,
    `  ${style.faint('published:')} ${timeText(published_at)}  ${style.faint(`sha256 ${hash}`)}`,
    ...approvals.map(
      ({ name, role, at, development }) =>
        `  ${style.good('✓')} approved by ${plainLine(name)} (${plainLine(role)}), ${timeText(at)}${development ? style.warn(' development approval') : ''}`,
    ),
    ...missing.map((role) => `  ${style.warn('?')} approval missing: ${plainLine(role)}`),
    ...(review === null ? [] : reviewLines(review, io.out.style)),
  ];
}

function reviewLines(
  { every, next_on: next, is_due: isDue, last }: NonNullable<PublishedRunbook['review']>,
  style: Task['io']['out']['style'],
): readonly string[] {
  const often = every === '' ? '' : `, every ${plainLine(every)}`;
  const by =
    last === null
      ? []
      : [
          `  ${style.good('✓')} reviewed by ${plainLine(last.name)} (${plainLine(last.role)}), ${timeText(last.at)}${last.note === null ? '' : `: ${plainLine(last.note)}`}`,
        ];
  return [
    ...by,
    isDue
      ? `  ${style.warn('!')} review is due since ${plainLine(next)}${often}`
      : `  ${style.faint('next review:')} ${plainLine(next)}${often}`,
  ];
}

function outlineLines(runbook: Runbook, { io }: Task): readonly string[] {
  const { style } = io.out;
  const condition = (text: string | undefined): string =>
    text === undefined ? '' : style.faint(`  if ${plainLine(text)}`);
  return [
    `${style.strong(plainLine(runbook.title))}  ${runbook.id} ${runbook.version}`,
    ...Object.entries(runbook.roles).map(
      ([id, role]) => `  ${style.faint('role')} ${id}: ${plainLine(role.title)} (${role.party})`,
    ),
    ...runbook.phases.flatMap((phase) => {
      const width = Math.min(48, Math.max(0, ...phase.steps.map((step) => textWidth(step.id))));
      return [
        '',
        `${style.strong(plainLine(phase.title))}${phase.owner === undefined ? '' : `  ${style.faint(phase.owner.roles.join(', '))}`}${condition(phase.if)}`,
        ...phase.entry.map(
          ({ label, expression }) => `  ${style.faint('opens when')} ${label}: ${plainLine(expression)}`,
        ),
        ...phase.steps.map((step) => `  ${padText(step.id, width)}  ${stepText(step)}${condition(step.if)}`),
        ...phase.exit.map(
          ({ label, expression }) => `  ${style.faint('closes when')} ${label}: ${plainLine(expression)}`,
        ),
      ];
    }),
  ];
}

function stepText({ body, title }: Step): string {
  switch (body.kind) {
    case 'uses':
      return `uses ${body.action}${body.irreversible ? ' (cannot be undone)' : ''}`;
    case 'check':
      return `checks ${body.probe}`;
    case 'approve':
    case 'sign_off':
      return `${body.kind === 'approve' ? 'approval' : 'sign-off'} by ${body.by.join(' or ')}: ${plainLine(title)}`;
    case 'document':
      return `writes ${plainLine(body.template)}`;
    case 'wait':
      return `waits for ${plainLine(body.event)}`;
    case 'run':
      return `runs ${plainLine(body.runbook)}`;
    case 'task':
    case 'choose':
      return `${body.kind === 'task' ? 'task' : 'choice'}: ${plainLine(title)}`;
  }
}
