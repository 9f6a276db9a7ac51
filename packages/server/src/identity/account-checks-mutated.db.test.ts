import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { accessCheck, passwordResetCheck, sessionTimeoutCheck } from './account-checks.ts';
import { userActions } from './index.ts';
import { identityWorld } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, makeTenant, makeMember, asSuperuser } = identityWorld(test);
const [reset, timeout, access] = [passwordResetCheck(deps), sessionTimeoutCheck(deps), accessCheck(deps)];
const [login] = userActions(deps).checks;

/** Breaks the installation behind the probe's back: a trigger that changes what is about to be written. */
async function breakTable(table: string, when: 'insert' | 'update', change: string): Promise<void> {
  await asSuperuser(
    `create or replace function tenantry.mutation() returns trigger language plpgsql as $$ begin ${change} return new; end $$`,
  );
  await asSuperuser(
    `create trigger mutation before ${when} on tenantry.${table} for each row execute function tenantry.mutation()`,
  );
}

afterEach(async () => {
  await asSuperuser('drop function if exists tenantry.mutation cascade');
  await asSuperuser('drop policy if exists mutation on tenantry.users');
});

/** A probe that nothing can make fail proves nothing. */
describe('a probe finds out when', () => {
  it('VAL-07: the password is another one', async () => {
    const tenant = await makeTenant();
    const { user } = await makeMember(tenant);
    if (login === undefined) expect.fail('there is no probe of the log-in');
    const tried = { email: user.email, password: new Secret('not the password of anybody') };
    expect(await login.run(testContext({ tenant }), tried)).toMatchObject({ accepted: false });
  });

  it.each([
    ['the new password is not kept', 'users', 'new.password_hash := old.password_hash;', 'new_password_accepted'],
    ['the old password still works', 'users', 'new.password_hash := old.password_hash;', 'old_password_refused'],
    ['sessions go on', 'user_sessions', 'new.ended_at := null; new.ended_reason := null;', 'session_ended'],
    ['the link works twice', 'user_tokens', 'new.spent_at := null; new.withdrawn_at := null;', 'link_refused_again'],
  ] as const)('VAL-09: after a reset %s', async (_what, table, change, fact) => {
    const tenant = await makeTenant();
    await breakTable(table, 'update', change);
    expect(await reset.run(testContext({ tenant }), {})).toMatchObject({ [fact]: false });
  });

  it.each([
    ['an idle one', `new.last_seen_at := new.last_seen_at + interval '10 years';`, 'idle_session_refused'],
    [
      'an old one',
      `new.created_at := new.created_at + interval '10 years'; new.last_seen_at := new.created_at;`,
      'old_session_refused',
    ],
  ] as const)('VAL-10: a session does not end: %s', async (_what, change, fact) => {
    const tenant = await makeTenant();
    await breakTable('user_sessions', 'insert', change);
    expect(await timeout.run(testContext({ tenant }), {})).toMatchObject({ [fact]: false });
  });

  it('VAL-11, VAL-12: a policy lets everybody see the users of other tenants', async () => {
    const tenant = await makeTenant();
    await makeMember(await makeTenant());
    await asSuperuser('create policy mutation on tenantry.users for select to tenantry_app using (true)');
    expect(await access.run(testContext({ tenant }), {})).toMatchObject({
      admins_have_full_access: false,
      others_are_confined: false,
    });
  });

  it('VAL-12: a user may administer, whatever their role was called', async () => {
    const tenant = await makeTenant();
    await breakTable('users', 'insert', `if new.role = 'user' then new.role := 'admin'; end if;`);
    const { roles } = await access.run(testContext({ tenant }), {});
    expect(roles.map(({ role, may_administer: may }) => [role, may])).not.toContainEqual(['user', false]);
  });
});
