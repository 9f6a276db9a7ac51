// A process of its own that runs the embedded PostgreSQL from the sources, for tests that kill it. Its options come
// as JSON in the first argument; it writes one line of JSON for each thing that happens, and takes `stop` and `exit`
// on its standard input.
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const source = (path) => fileURLToPath(new URL(path, import.meta.url));
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const sayLog = (level) => (message) => say({ event: 'log', level, message });

const vite = await createViteServer({
  configFile: false,
  root: source('..'),
  logLevel: 'silent',
  appType: 'custom',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  resolve: {
    alias: [{ find: /^@tenantry\/contract$/, replacement: source('../../../../contract/src/index.ts') }],
  },
});
const { embeddedPostgres } = await vite.ssrLoadModule(source('../embedded/embedded.ts'));

const supervisor = embeddedPostgres({
  ...JSON.parse(process.argv[2]),
  log: { info: sayLog('info'), warn: sayLog('warn'), error: sayLog('error') },
});

createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'exit') process.exit(0);
  if (line === 'stop') {
    await supervisor.stop();
    say({ event: 'stopped' });
  }
});

try {
  const connection = await supervisor.start();
  say({ event: 'running', connection, status: supervisor.status() });
} catch (error) {
  say({ event: 'failed', code: error.code, message: error.message, next: error.next });
}
