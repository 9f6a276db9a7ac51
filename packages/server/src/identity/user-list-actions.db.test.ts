import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { describeAction, describeCheck } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { code, identityWorld } from './testing/world.ts';
import { createAllAction, inviteWaitingAction, rolesCheck } from './user-list-actions.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, mails, makeTenant, asSuperuser } = identityWorld(test);
const [createAll, inviteWaiting, roles] = [createAllAction(deps), inviteWaitingAction(deps), rolesCheck(deps)];

const OWN_DATABASE = {
  timeout: 'our own database, whose faults are the codes database.*',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database, whose faults are the codes database.*',
} as const;
const noFault = () => Promise.reject(new Error('no fault of another system can occur'));
const canary = new Secret('no secret goes in');

const list = {
  users: [
    { email: 'mia@acme.example', full_name: 'Mia Acme', role: 'user' },
    { email: 'Lee@acme.example', full_name: 'Lee Acme', role: 'admin' },
  ],
};
const usersOf = (tenantId: string) =>
  asSuperuser('select email, role, status from tenantry.users where tenant_id = $1 order by lower(email)', [tenantId]);
const invitationsTo = (tenantId: string) =>
  mails.filter((mail) => mail.tenantId === tenantId && mail.template === 'invitation').map(({ to }) => to);

async function openWorld() {
  const tenant = await makeTenant();
  const key = randomUUID();
  return {
    tenant,
    context: (other?: string) => testContext({ key: other ?? key, tenant }),
    snapshot: () => usersOf(tenant.id),
    canary,
    fault: noFault,
    [Symbol.asyncDispose]: async () => {},
  };
}

describeAction(createAll, {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    nobody: { users: [] },
    'an address that is none': { users: [{ email: 'mia', full_name: 'Mia', role: 'user' }] },
    'one without a role': { users: [{ email: 'mia@acme.example', full_name: 'Mia' }] },
  },
  open: async () => {
    const world = await openWorld();
    return {
      ...world,
      input: list,
      tamper: async () => {
        await asSuperuser("update tenantry.users set role = 'admin' where tenant_id = $1", [world.tenant.id]);
      },
    };
  },
});

describeAction(inviteWaiting, {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: { 'a list it does not take': list, 'a tenant that is a name': { tenant: 'acme' } },
  open: async () => {
    const world = await openWorld();
    await createAll.apply(testContext({ tenant: world.tenant }), list);
    return {
      ...world,
      snapshot: async () => invitationsTo(world.tenant.id),
      input: {},
      tamper: async () => {
        await asSuperuser('delete from tenantry.user_tokens where tenant_id = $1', [world.tenant.id]);
      },
    };
  },
});

describeCheck(roles, {
  cannotOccur: OWN_DATABASE,
  badInputs: { 'one without a role': { users: [{ email: 'mia@acme.example' }] } },
  open: async () => ({ ...(await openWorld()), input: list }),
});

describe('the users of a list', () => {
  it('INT-16 LIFE-32: are made with the tenant, and written to when somebody says so, once', async () => {
    const tenant = await makeTenant();
    await createAll.apply(testContext({ tenant }), list);
    expect(await usersOf(tenant.id)).toEqual([
      { email: 'Lee@acme.example', role: 'admin', status: 'invited' },
      { email: 'mia@acme.example', role: 'user', status: 'invited' },
    ]);
    expect(invitationsTo(tenant.id)).toEqual([]);
    const ctx = testContext({ tenant });
    for (const _time of ['first', 'again']) {
      expect((await inviteWaiting.apply(ctx, {})).output).toEqual({ invited: 2 });
    }
    expect(invitationsTo(tenant.id).sort()).toEqual(['Lee@acme.example', 'mia@acme.example']);
  });

  it('are made all or none: one with a role the product does not have leaves nobody behind', async () => {
    const tenant = await makeTenant();
    const users = [...list.users, { email: 'kim@acme.example', full_name: 'Kim', role: 'king' }];
    await expect(createAll.apply(testContext({ tenant }), { users })).rejects.toThrow(code('request.invalid'));
    expect(await usersOf(tenant.id)).toEqual([]);
  });

  it('somebody who is there already is refused before anything is made', async () => {
    const tenant = await makeTenant();
    await createAll.apply(testContext({ tenant }), { users: list.users.slice(0, 1) });
    await expect(createAll.plan(testContext({ tenant }), list)).rejects.toThrow(code('user.email_taken'));
  });

  it('VAL-29: who is missing and who has another role is told by address', async () => {
    const tenant = await makeTenant();
    await createAll.apply(testContext({ tenant }), list);
    expect(await roles.run(testContext({ tenant }), list)).toEqual({ missing: [], different: [] });
    const users = [
      { email: 'MIA@acme.example', role: 'admin' },
      { email: 'kim@acme.example', role: 'user' },
    ];
    expect(await roles.run(testContext({ tenant }), { users })).toEqual({
      missing: ['kim@acme.example'],
      different: [{ email: 'MIA@acme.example', expected: 'admin', actual: 'user' }],
    });
  });
});
