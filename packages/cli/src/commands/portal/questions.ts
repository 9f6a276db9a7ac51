import { type QuestionView, questionListSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { RUN_ARGUMENT, runPath } from './run-path.ts';

export const portalQuestionsCommand = (): Command =>
  withCommon(new Command('questions').description('Show what the client asks, and what was answered'))
    .argument('<run>', RUN_ARGUMENT)
    .option('--open', 'only what waits for an answer')
    .action(async (reference: string, { open }: { readonly open?: boolean }, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const { items } = await client.get(await runPath(client, reference, 'questions'), questionListSchema);
      const shown = open === true ? items.filter(({ waits_for }) => waits_for === 'vendor') : items;
      task.print({ schema: 'tenantry.questions/1', items: shown }, () =>
        shown.length === 0 ? ['Nothing is asked.'] : shown.flatMap(questionLines),
      );
    });

const WAITS = { client: 'answered', vendor: 'waits for an answer', nobody: 'closed' } as const;

/** The thread, oldest first. */
export const questionLines = ({ id, about, waits_for, messages }: QuestionView): string[] => [
  `${id}  ${WAITS[waits_for]}${about === null ? '' : `, about ${plainLine(about)}`}`,
  ...messages.flatMap(({ author, at, text }) => [
    `  ${plainLine(author)}, ${at.slice(0, 16).replace('T', ' ')}`,
    ...text.split('\n').map((line) => `    ${plainLine(line)}`),
  ]),
];
