import { startCluster } from './cluster.mjs';
import { openOurs } from './ours.mjs';
import { openGraphile } from './peers.mjs';
import { quantile } from '../statistics.mjs';
const C=10, STEPS=10, n=Number(process.argv[2]??1), rounds=Number(process.argv[3]??5);
const cluster = await startCluster();
try {
const ours = await openOurs(await cluster.makeDatabase('ours',{migrated:true}), cluster.directory, STEPS);
await ours.work(n,C);
const { processorSeconds } = await import('./cluster.mjs');
for (let i=0;i<rounds;i++) {
  const pg0=await processorSeconds(cluster.pid()), w0=await processorSeconds(ours.workers[0].pid);
  const o = await ours.drain(100);
  const pg1=await processorSeconds(cluster.pid()), w1=await processorSeconds(ours.workers[0].pid);
  const lat = await ours.drain(10); const gaps=await ours.gaps(lat.ids);
  console.log(n, 'ours', (100*STEPS/o.seconds).toFixed(0), 'pg ms/step', (pg1-pg0).toFixed(2), 'worker ms/step', (w1-w0).toFixed(2), 'gap p50', quantile(gaps,.5), 'p99', quantile(gaps,.99));
}
await ours.close();
} finally { await cluster.stop(); }
