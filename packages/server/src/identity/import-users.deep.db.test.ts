import { expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import { importUsers } from './import-users.ts';
import { identityWorld, NOW } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, makeTenant } = identityWorld(test);

const USERS = 99_999;

/** As the network would bring it: nobody holds the whole list. */
async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('email,full_name,role\n');
  for (let n = 0; n < USERS; n += 1) yield Buffer.from(`u${n}@acme.example,User ${n},user\n`);
  yield Buffer.from('u7@acme.example,Again,user\n');
}

it('a list of 100,000 users is taken in whole, and its one bad row is told', async () => {
  const { id: tenantId } = await makeTenant({ plan: 'enterprise', status: 'onboarding' });
  const report = await importUsers(deps, { tenantId, actor: operator, pieces: pieces(), invite: false, now: NOW });
  expect(report).toMatchObject({ rows: USERS + 1, created: USERS, faultsTotal: 1 });
  expect(report.faults).toEqual([
    { row: USERS + 2, email: 'u7@acme.example', problem: 'row 9 has the same e-mail address' },
  ]);
  const counted = await test.asSuperuser('select count(*)::int as n from tenantry.users where tenant_id = $1', [
    tenantId,
  ]);
  expect(counted).toEqual([{ n: USERS }]);
});
