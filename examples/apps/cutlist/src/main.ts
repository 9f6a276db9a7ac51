import { readConfig } from './config.ts';
import { seedDemo } from './demo.ts';
import { type Cutlist, startCutlist } from './start.ts';

try {
  const config = readConfig();
  const cutlist = await startCutlist(config);
  closeOnSignal(cutlist);
  if (config.demo && config.provisionerUrl !== undefined) await seedDemo(config.provisionerUrl);
  const { httpsUrl, httpUrl, caPath } = cutlist;
  process.stdout.write(
    config.announceJson
      ? `${JSON.stringify({ ready: true, httpsUrl, httpUrl, caPath })}\n`
      : `Cutlist is at ${httpsUrl}; its certificate authority is ${caPath}\n`,
  );
} catch (error) {
  fail(error);
}

function closeOnSignal(cutlist: Cutlist): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cutlist.close().catch(fail));
}

function fail(error: unknown): void {
  process.stderr.write(`Cutlist: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
