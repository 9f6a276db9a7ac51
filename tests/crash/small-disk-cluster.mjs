/**
 * PostgreSQL on a file system of a few megabytes, in a mount namespace of its own: with this process everything of it
 * is gone. Run by `unshare --mount`; arguments: an empty directory and the size. Reads `fill`, `free` and `stop`.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { embeddedPostgres, migrate } from '../../packages/server/dist/db/index.js';

const [directory = '', size = ''] = process.argv.slice(2);
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'none', directory]);

/** @param {object} event */
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const supervisor = embeddedPostgres({
  dataDir: join(directory, 'postgres'),
  log: silent,
  // The log of transactions stays small, and does not grow while the disk is full.
  parameters: { fsync: 'off', max_wal_size: '64MB', min_wal_size: '64MB', max_connections: '100' },
});
const connection = await supervisor.start();
if ('url' in connection) throw new Error('The embedded cluster answered with a URL.');
await migrate({ connection });
const ballast = join(directory, 'ballast');

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'fill') fill();
    if (line === 'free') rmSync(ballast);
    if (line === 'stop') void supervisor.stop().then(() => process.exit());
    else say({ event: line });
  })
  .once('close', () => void supervisor.stop().then(() => process.exit()));
// Seen from outside the namespace.
say({ event: 'ready', connection: { ...connection, host: `/proc/${process.pid}/root${connection.host}` } });

function fill() {
  const file = openSync(ballast, 'w');
  for (let block = 1 << 20; block >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(block));
    } catch {
      block >>= 1;
    }
  }
  closeSync(file);
}
