/** One process of an application: takes a place once it is told to, confirms it, and says whether it got it; or dies in between. */
import { postgresReservations } from '@tenantry/guard/pg';
import pg from 'pg';

const { connection, request, dies = false } = JSON.parse(process.argv[2] ?? '');
const pool = new pg.Pool({ ...connection, max: 2, application_name: 'guarded-process' });
const store = postgresReservations(pool);
await pool.query('select 1');
process.on('message', async () => {
  const taken = await Promise.all([store.reserve(request), store.reserve(request)]);
  if (dies) process.kill(process.pid, 'SIGKILL');
  const kept = await Promise.all(taken.map((each) => each.confirm()));
  await pool.end();
  process.send?.(kept.filter(Boolean).length, () => process.disconnect());
});
process.send?.('ready');
