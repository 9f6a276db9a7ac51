/** The other peer: pg-boss, jobs that do nothing, polled as often as it allows, in batches. */
import PgBoss from 'pg-boss';

const { connection, concurrency } = JSON.parse(process.argv[2] ?? '{}');
const boss = new PgBoss({ ...connection, max: concurrency + 2 });
boss.on('error', () => process.exit(1));
await boss.start();
await boss.createQueue('nothing');
for (let worker = 0; worker < concurrency; worker++) {
  await boss.work('nothing', { pollingIntervalSeconds: 0.5, batchSize: 20 }, async () => undefined);
}
process.stdin.once('close', () => process.exit()).resume();
process.stdin.on('data', () => process.exit());
process.stdout.write('{"event":"ready"}\n');
