/** An application with some guards: says when each of them refused a tenant, and when it let it in again. */
import { createGuard } from '@tenantry/guard';

const { url, key, tenant, guards: count, profile } = JSON.parse(process.argv[2] ?? '{}');
const guards = Array.from({ length: count }, () => createGuard({ url, key, product: 'bench', profile }));
const ready = await Promise.all(guards.map((guard) => guard.ready(120_000)));
// A guard that knows nothing would never turn, and the bench would wait for ever.
if (ready.includes(false)) throw new Error(`a guard was told nothing: ${guards[0]?.status().problem}`);

/** @type {(boolean | undefined)[]} */
const was = guards.map((guard) => guard.check(tenant, 'write').ok);
// Looked at every millisecond: what is measured is that much too long at most.
const looking = setInterval(() => {
  for (const [index, guard] of guards.entries()) {
    const { ok, code } = guard.check(tenant, 'write');
    if (ok === was[index]) continue;
    was[index] = ok;
    process.send?.({ ok, code, at: String(process.hrtime.bigint()) });
  }
}, 1);
process.on('disconnect', () => {
  clearInterval(looking);
  for (const guard of guards) guard.close();
});
process.send?.({ tenants: guards[0]?.status().tenants });
