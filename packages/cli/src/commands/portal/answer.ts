import { questionSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { questionLines } from './questions.ts';
import { RUN_ARGUMENT, runPath } from './run-path.ts';

interface Options {
  readonly close?: boolean;
}

export const portalAnswerCommand = (): Command =>
  withCommon(new Command('answer').description('Answer a question of the client; whoever asked gets it by mail'))
    .argument('<run>', RUN_ARGUMENT)
    .argument('<question>', 'id, as portal questions shows it')
    .argument('<text>', 'the answer')
    .option('--close', 'nothing more is expected')
    .action(async (reference: string, question: string, text: string, { close }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const path = await runPath(client, reference, `questions/${encodeURIComponent(question)}/answer`);
      const answered = await client.post(path, { text, close: close === true }, questionSchema);
      task.print({ schema: 'tenantry.question/1', ...answered }, () => questionLines(answered));
    });
