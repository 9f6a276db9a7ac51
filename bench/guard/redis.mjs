/** A redis-server of its own for a bench, and a client on it; undefined where none is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from '@redis/client';

const PORT = 36_379;

export async function openRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const server = spawn('redis-server', ['--port', String(PORT), '--bind', '127.0.0.1', '--save', ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  const client = createClient({ socket: { host: '127.0.0.1', port: PORT } });
  await client.connect();
  return {
    client,
    async close() {
      client.destroy();
      const exited = once(server, 'exit');
      server.kill();
      await exited;
    },
  };
}
