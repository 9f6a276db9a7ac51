import { checkpointSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

export const auditCheckpointCommand = (): Command =>
  withCommon(
    new Command('checkpoint').description('Print the latest signed checkpoint, to be kept elsewhere for audit verify'),
  ).action(async (_options: object, command: Command) => {
    const task = taskOf(command);
    const checkpoint = await task.connect().get('/api/v1/audit/checkpoint', checkpointSchema);
    // Signed as it is: it is the same document in either format.
    task.io.out.raw(`${JSON.stringify(checkpoint, undefined, 2)}\n`);
  });
