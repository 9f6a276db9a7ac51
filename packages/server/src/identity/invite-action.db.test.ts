import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { describeAction } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { listUsers } from './index.ts';
import { inviteAction } from './invite-action.ts';
import { code, identityWorld } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, doing, mails, makeTenant, asSuperuser } = identityWorld(test);
const invite = inviteAction(deps);

const OWN_DATABASE = {
  timeout: 'our own database, whose faults are the codes database.*',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database, whose faults are the codes database.*',
} as const;

const initial = { email: 'mia@acme.example', full_name: 'Mia Acme', role: 'user', pilot: false };

describeAction(invite, {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no role': { email: 'mia@acme.example', full_name: 'Mia' },
    'an address that is none': { ...initial, email: 'mia' },
    'a misspelt key': { ...initial, roles: 'user' },
  },
  open: async () => {
    const tenant = await makeTenant();
    const key = randomUUID();
    return {
      context: (other?: string) => testContext({ key: other ?? key, tenant }),
      snapshot: () =>
        asSuperuser('select email, full_name, role from tenantry.users where tenant_id = $1', [tenant.id]),
      canary: new Secret('no secret goes in; the link of the mail is sealed'),
      fault: () => Promise.reject(new Error('no fault of another system can occur')),
      [Symbol.asyncDispose]: async () => {},
      input: initial,
      tamper: async () => {
        await asSuperuser("update tenantry.users set role = 'admin' where tenant_id = $1", [tenant.id]);
      },
    };
  },
});

describe('user.invite', () => {
  it('PADM-08: the users a client names at the start are there, each with their role, and each is mailed once', async () => {
    const tenant = await makeTenant();
    const named = [initial, { ...initial, email: 'lee@acme.example', role: 'admin' }];
    for (const wish of [...named, ...named]) {
      const ctx = testContext({ tenant, key: `run/users/1/${wish.email}` });
      expect(await invite.verify(ctx, wish, await invite.apply(ctx, wish))).toMatchObject({ ok: true });
    }
    const listed = await doing(({ tx }) => listUsers(tx, tenant.id));
    expect(listed.map(({ email, role, status }) => [email, role, status])).toEqual([
      ['lee@acme.example', 'admin', 'invited'],
      ['mia@acme.example', 'user', 'invited'],
    ]);
    expect(mails.filter(({ tenantId }) => tenantId === tenant.id).map(({ template, to }) => [template, to])).toEqual([
      ['invitation', 'mia@acme.example'],
      ['invitation', 'lee@acme.example'],
    ]);
  });

  it('a role the product does not have is refused, and so is an address somebody else has', async () => {
    const tenant = await makeTenant();
    const apply = (wish: object) => invite.apply(testContext({ tenant }), { ...initial, ...wish });
    await expect(apply({ role: 'king' })).rejects.toThrow(code('request.invalid'));
    await apply({});
    await expect(apply({})).rejects.toThrow(code('user.email_taken'));
    await expect(invite.plan(testContext({ tenant }), initial)).rejects.toThrow(code('user.email_taken'));
  });
});
