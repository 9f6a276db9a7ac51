import { startCluster } from '/work/main/bench/engine/cluster.mjs';
import { openOurs } from '/work/main/bench/engine/ours.mjs';
import { openGraphile, openBoss } from '/work/main/bench/engine/peers.mjs';
import { quantile } from '/work/main/bench/statistics.mjs';
const C=10, STEPS=10;
const cluster = await startCluster();
try {
const ours = await openOurs(await cluster.makeDatabase('ours',{migrated:true}), cluster.directory, STEPS);
const gr = await openGraphile(await cluster.makeDatabase('gr',{migrated:false}));
const boss = process.argv[2]==='boss' ? await openBoss(await cluster.makeDatabase('boss',{migrated:false})):undefined;
for (const n of [1,2]) {
  await ours.work(n,C); await gr.work(n,C); await boss?.work(n,C);
  for (let i=0;i<4;i++) {
    const o = await ours.drain(100);
    const g = await gr.drain(3000);
    const b = await boss?.drain(500);
    const lat = await ours.drain(10); const gaps=await ours.gaps(lat.ids);
    console.log(n, 'ours', (100*STEPS/o.seconds).toFixed(0), 'graphile', g.toFixed(0), 'boss', b?.toFixed(0), 'ratio', (100*STEPS/o.seconds/g).toFixed(3), 'gap p50', quantile(gaps,.5), 'p99', quantile(gaps,.99));
  }
}
await ours.close(); await gr.close(); await boss?.close();
} finally { await cluster.stop(); }
