import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { listEvidence, loadRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { runLines } from '../../views/run-lines.ts';

export const runShowCommand = (): Command =>
  withCommon(new Command('show').description('Show a run: its phases and steps, what stopped it, what it asks for'))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .action(async (reference: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const run = await loadRun(client, await findRun(client, reference));
      const evidence = run.halts.length > 0 && task.format === 'human' ? await listEvidence(client, run.id) : [];
      const { out, now } = task.io;
      task.print(run, () => runLines(run, { caller: client, evidence, terminal: out, now: now() }));
    });
