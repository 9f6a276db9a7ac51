import { processIo } from './io.ts';
import { runCli } from './run-cli.ts';

// `tenantry run list | head` closes the pipe early: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), processIo(process.env));
