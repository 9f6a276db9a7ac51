/**
 * `tenantry up`: the whole control plane in one process. In development also its people, its mailbox, the example
 * application, and the onboarding of a sample client.
 */
import { Command } from 'commander';
import { ioOf } from '../session.ts';
import type { UpOptions } from '../up/up-options.ts';

export function upCommand(): Command {
  return new Command('up')
    .description('Start the control plane: API, workers and, unless told otherwise, the embedded PostgreSQL')
    .option('--development', 'stand-ins for people, a local mailbox, generated keys')
    .option('--app <folder>', 'run an example application beside it (development)')
    .option('--onboard <file>', 'onboard this client once it is up (development)')
    .option('--client <file>', 'make a stand-in for the contact of this client, without onboarding it (development)')
    .option('--data-dir <path>', 'folder of the embedded PostgreSQL and local files')
    .option('--database-url <url>', 'your own PostgreSQL 15 or later instead of the embedded one')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'port to listen on')
    .option('--owner <email>', 'invite this person as the first owner, while no owner can get in')
    .option('--owner-name <name>', 'their name')
    .action(async (options: UpOptions, command: Command) => {
      // No other command pays for loading the server, or fails because of it.
      const { start } = await import('../up/start.ts');
      await start(options, ioOf(command));
    });
}
