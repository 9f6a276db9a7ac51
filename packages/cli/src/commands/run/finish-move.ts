import { type RunView, runStatusSchema } from '@tenantry/contract';
import type { Command } from 'commander';
import type { Client } from '../../client.ts';
import { commandLine, nameOf } from '../../command-text.ts';
import type { Task } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { runStatusText } from '../../views/step-words.ts';
import { followForCommand } from './follow.ts';

export interface MoveOptions {
  readonly wait?: boolean;
  readonly role?: string;
}

/** Options of every command that moves a run. */
export const withMoveOptions = (command: Command): Command =>
  command
    .option('--role <role>', 'the role to act in, when you hold several that may')
    .option('--wait', 'then follow the run until people are asked, it halts or it ends');

/** The part of a request body that names the role, where one was given. */
export const roleOf = ({ role }: MoveOptions): { role?: string } => (role === undefined ? {} : { role });

/** A rollback that ends rolled back, and a cancellation that ends cancelled, did what they were asked. */
const wantedEnd = ({ ending }: RunView): RunView['status'] | undefined =>
  runStatusSchema.options.find((status) => status === ending?.to);

/** Tells what an act led to, and follows the run when asked to. */
export async function finishMove(
  task: Task,
  client: Client,
  run: RunView,
  did: string,
  { wait }: MoveOptions,
): Promise<void> {
  const { style } = task.io.out;
  if (wait === true) {
    if (task.format === 'human') task.io.out.line(`${style.good('✓')} ${did}.`);
    return followForCommand(task, client, run.id, { until: 'people', known: run, wanted: wantedEnd(run) });
  }
  task.print(run, () => [
    `${style.good('✓')} ${did}. ${plainLine(run.title)} is ${runStatusText(run.status, style)}.`,
    `  ${style.faint('See how it goes on:')} ${style.accent(commandLine('run', 'watch', nameOf(run)))}`,
  ]);
}
