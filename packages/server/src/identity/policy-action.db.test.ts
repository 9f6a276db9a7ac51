import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { describeAction } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { setTenantPolicy, tenantPolicy } from './policy.ts';
import { policyAction } from './policy-action.ts';
import { identityWorld, MINUTE } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, doing, makeTenant, asSuperuser } = identityWorld(test);
const setPolicy = policyAction(deps);

const OWN_DATABASE = {
  timeout: 'our own database, whose faults are the codes database.*',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database, whose faults are the codes database.*',
} as const;
const noFault = () => Promise.reject(new Error('no fault of another system can occur'));
const canary = new Secret('no secret goes in');

const RANGES = ['192.0.2.0/24'];
const wanted = setPolicy.input.parse({ mfa_required: true, ip_allow: RANGES });
const policyOf = (tenantId: string) => doing(({ tx }) => tenantPolicy(tx, tenantId));

describeAction(setPolicy, {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'a range that is a number': { ip_allow: [24] },
    'half a minute': { idle_minutes: 0.5 },
    'a misspelt key': { mfa: true },
  },
  open: async () => {
    const tenant = await makeTenant();
    const key = randomUUID();
    return {
      context: (other?: string) => testContext({ key: other ?? key, tenant }),
      snapshot: async () => [await policyOf(tenant.id)],
      canary,
      fault: noFault,
      [Symbol.asyncDispose]: async () => {},
      input: wanted,
      tamper: async () => {
        await asSuperuser('update tenantry.tenant_policies set mfa_required = false where tenant_id = $1', [tenant.id]);
      },
      adopt: async () => {
        await doing((ctx) =>
          setTenantPolicy(ctx, { tenantId: tenant.id, changes: { mfaRequired: true, ipAllow: RANGES } }),
        );
        return wanted;
      },
    };
  },
});

describe('user.set_policy', () => {
  it('INT-11: a second factor and the ranges of the discovery hold, and what was not named stays', async () => {
    const tenant = await makeTenant();
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { idleMs: 20 * MINUTE } }));
    await setPolicy.apply(testContext({ tenant }), wanted);
    expect(await policyOf(tenant.id)).toMatchObject({
      mfaRequired: true,
      ipAllow: ['192.0.2.0/24'],
      idleMs: 20 * MINUTE,
    });
  });

  it('INT-11: a range that is none is refused, by name, and nothing changes', async () => {
    const tenant = await makeTenant();
    const before = await policyOf(tenant.id);
    const given = { mfa_required: true, ip_allow: ['192.0.2.0/24', '300.0.0.0/8'] };
    await expect(setPolicy.apply(testContext({ tenant }), given)).rejects.toMatchObject({
      code: 'request.invalid',
      faults: [expect.objectContaining({ path: 'ipAllow.1' })],
    });
    expect(await policyOf(tenant.id)).toEqual(before);
  });
});
