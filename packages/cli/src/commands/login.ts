import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { cliKeySchema, TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { createClient } from '../client.ts';
import { findAddress } from '../connection.ts';
import { openLoopback } from '../loopback.ts';
import { taskOf, withFormat } from '../session.ts';
import { plainLine } from '../terminal/plain-text.ts';
import { addLogin } from '../user-file.ts';

interface Options {
  readonly url?: string;
  readonly name: string;
  readonly browser: boolean;
}

export const loginCommand = (): Command =>
  withFormat(new Command('login').description('Sign in through the browser and keep a personal key on this computer'))
    .addOption(new Option('--url <url>', 'address of the control plane (or TENANTRY_URL)'))
    .option('--name <name>', 'what the key is called', `tenantry login on ${hostname()}`.slice(0, 100))
    .option('--no-browser', 'only print the address to open')
    .action(async ({ url: flag, name, browser }: Options, command: Command) => {
      const task = taskOf(command);
      const { io } = task;
      const url = findAddress({ flag, settings: io.settings, cwd: io.cwd });
      const loopback = await openLoopback({ url, name });
      const stop = new AbortController();
      const release = io.onInterrupt(() => stop.abort());
      try {
        io.err.line(`Open this address in a browser on this computer:\n\n  ${loopback.address}\n`);
        if (browser && io.ask !== undefined) openBrowser(loopback.address);
        const code = await Promise.race([loopback.code, interrupted(stop.signal)]);
        // No key yet: the code and its verifier are the authority.
        const client = createClient({ url, key: '', identity: undefined, identities: [] }, { newId: io.newId });
        const body = { code, verifier: loopback.verifier };
        const { schema: _schema, ...made } = await client.post('/api/v1/sign-in/cli-code', body, cliKeySchema);
        addLogin(io.settings.userFile, { url, ...made });
        const { key: _key, ...shown } = made;
        task.print({ schema: 'tenantry.login/1', url, ...shown }, () => [
          `${io.out.style.good('✓')} Signed in to ${url} as ${plainLine(made.name)} until ${made.expires_at.slice(0, 10)}.`,
        ]);
      } finally {
        release();
        loopback.close();
      }
    });

const interrupted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(
        new TenantryError('command.unreachable', 'The sign-in was broken off.', { next: 'Run tenantry login again.' }),
      ),
    );
  });

/** A convenience: the address is printed as well, and whether a browser opens is the person's to see. */
function openBrowser(address: string): void {
  const [program, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open'];
  const child = spawn(program ?? 'xdg-open', [...before, address], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
