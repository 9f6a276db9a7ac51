import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Action, type Applied, type Check, Secret, Unknown } from '../../connectors/kit/index.ts';
import { testContext } from '../../connectors/kit/testing/context.ts';
import { describeAction, describeCheck } from '../../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import {
  type NewTenant,
  releaseReservation,
  reserveTenant,
  setContact,
  setLimits,
  suspendTenant,
  tenantActions,
} from '../index.ts';
import { act, makeTenant, storeCutlist, uniqueSlug } from '../testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const connector = tenantActions({ database });

/** The connector's list forgets the types of the single actions. */
const action = (name: string): Action => {
  const found = connector.actions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no action ${name}`);
  return found;
};
const check = (name: string): Check => {
  const found = connector.checks.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no check ${name}`);
  return found;
};

/** Nothing here goes over a network to somebody else's system: what fails is our own database. */
const OWN_DATABASE = {
  timeout: 'our own database, whose faults are the codes database.*',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database, whose faults are the codes database.*',
} as const;

const RUN = testContext().run.id;
const canary = new Secret('there is no secret here');

/** What stands: the history and the versions only ever grow. */
const snapshot = (slug: string) =>
  asSuperuser(
    `select name, slug, plan, status, settings, isolation, support_tier, access_mode, status_reason
     from tenantry.tenants where slug = $1`,
    [slug],
  );

async function worldOf(tenant: { readonly id: string; readonly slug: string }) {
  const key = randomUUID();
  return {
    context: (other?: string) => testContext({ key: other ?? key, tenant }),
    snapshot: () => snapshot(tenant.slug),
    canary,
    fault: () => Promise.reject(new Error('no fault of another system can occur')),
    tamper: async (_applied: Applied<unknown>) => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

const withTenant = async (overrides?: Partial<NewTenant>) => (await makeTenant(database, overrides)).tenant;

const damage = (slug: string, set: string) => async () => {
  await asSuperuser(`update tenantry.tenants set ${set} where slug = $1`, [slug]);
};

async function reserved() {
  const slug = uniqueSlug();
  const reservation = await doing(async (ctx) => {
    await releaseReservation(ctx, RUN);
    return reserveTenant(ctx, { runId: RUN, slug, productId: 'cutlist' });
  });
  return { id: reservation.id, slug };
}

const creation = (slug: string) => ({ name: 'Acme', slug, plan: 'Professional', status: 'onboarding' });

describeAction(action('tenant.create'), {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no name': { slug: 'acme' },
    'a misspelt key': { name: 'Acme', slug: 'acme', plann: 'free' },
    'a status no tenant starts in': { name: 'Acme', slug: 'acme', status: 'suspended' },
    'settings of the wrong type': { name: 'Acme', slug: 'acme', settings: { limits: { users: '5' } } },
  },
  open: async () => {
    const tenant = await reserved();
    const world = await worldOf(tenant);
    return {
      ...world,
      input: creation(tenant.slug),
      tamper: damage(tenant.slug, "name = 'Somebody else'"),
      // A later round of the same run meets what an earlier one has made.
      adopt: async () => {
        await action('tenant.create').apply(world.context('an earlier round'), creation(tenant.slug));
        return creation(tenant.slug);
      },
    };
  },
});

describeAction(action('tenant.set_plan'), {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: { 'no plan': {}, 'a plan that is no text': { plan: 5 } },
  open: async () => {
    const tenant = await withTenant();
    return {
      ...(await worldOf(tenant)),
      input: { plan: 'Custom', limits: { users: 5 } },
      tamper: damage(tenant.slug, "plan = 'free'"),
      adopt: async () => ({ plan: 'professional' }),
    };
  },
});

describeAction(action('tenant.set_limits'), {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no limits': {},
    'a negative limit': { limits: { users: -1 } },
    'custom as a value': { limits: { users: 'custom' } },
  },
  open: async () => {
    const tenant = await withTenant({ settings: { limits: { projects: 3 } } });
    return {
      ...(await worldOf(tenant)),
      input: { limits: { users: 1000, storage_bytes: 'unlimited', projects: null } },
      tamper: damage(tenant.slug, "settings = '{}'"),
      adopt: async () => ({ limits: { projects: 3 } }),
    };
  },
});

describeAction(action('tenant.set_features'), {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: { 'no features': {}, 'a feature that is no boolean': { features: { sso: 'yes' } } },
  open: async () => {
    const tenant = await withTenant({ plan: 'enterprise', settings: { features: { scim: false } } });
    return {
      ...(await worldOf(tenant)),
      input: { features: { sso: true, api_access: false } },
      tamper: damage(tenant.slug, `settings = '{"features": {"sso": false}}'`),
      adopt: async () => ({ features: { scim: false } }),
    };
  },
});

describeAction(action('tenant.set_status'), {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no status': {},
    'an unknown status': { status: 'closed' },
    'an unknown access mode': { status: 'suspended', access_mode: 'x' },
  },
  open: async () => {
    const tenant = await withTenant();
    return {
      ...(await worldOf(tenant)),
      input: { status: 'active' },
      tamper: damage(tenant.slug, "status = 'offboarded'"),
      adopt: async () => ({ status: 'onboarding' }),
    };
  },
});

describeAction(action('tenant.suspend'), {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no cause': { reason: 'r' },
    'a cause nobody knows': { cause: 'mood', reason: 'r' },
    'no reason': { cause: 'payment_failure', reason: '' },
  },
  open: async () => {
    const tenant = await withTenant({ status: 'trial' });
    return {
      ...(await worldOf(tenant)),
      input: { cause: 'payment_failure', reason: 'Invoice 1 is late' },
      tamper: damage(tenant.slug, "status = 'active', access_mode = null"),
    };
  },
});

describeAction(action('tenant.reinstate'), {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: { 'no resolution': {}, 'a cause nobody knows': { resolution: 'r', cause: 'mood' } },
  open: async () => {
    const tenant = await withTenant({ status: 'active' });
    const wish = { tenantId: tenant.id, cause: 'terms_violation', reason: 'r' } as const;
    await doing((ctx) => suspendTenant(ctx, wish));
    return {
      ...(await worldOf(tenant)),
      input: { resolution: 'They have mended it' },
      tamper: damage(tenant.slug, "status = 'offboarded'"),
    };
  },
});

const NORA = { name: 'Nora', email: 'nora@client.example', phone: '+351 1' };

describeAction(action('tenant.set_contacts'), {
  delivery: 'idempotent',
  adopts: true,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no contacts': {},
    'a function nobody has': { contacts: { boss: NORA } },
    'an address that is none': { contacts: { it_admin: { ...NORA, email: 'nora' } } },
  },
  open: async () => {
    const tenant = await withTenant();
    const set = (contact: typeof NORA) =>
      doing((ctx) => setContact(ctx, tenant.id, { party: 'client', role: 'it_admin', ...contact }));
    await set({ ...NORA, name: 'Whoever was it before' });
    return {
      ...(await worldOf(tenant)),
      snapshot: () =>
        asSuperuser(
          'select role, name, email, phone from tenantry.tenant_contacts where tenant_id = $1 order by role',
          [tenant.id],
        ),
      input: { contacts: { it_admin: NORA, primary_user: NORA } },
      tamper: async () => {
        await set({ ...NORA, name: 'Somebody else' });
      },
      adopt: async () => {
        await set(NORA);
        return { contacts: { it_admin: NORA } };
      },
    };
  },
});

for (const name of ['tenant.settings', 'tenant.contacts', 'tenant.audit_trail', 'tenant.life']) {
  describeCheck(check(name), {
    cannotOccur: OWN_DATABASE,
    badInputs: { 'a tenant that is no id': { tenant: 'acme' }, 'a misspelt key': { tenants: 1 } },
    open: async () => ({ ...(await worldOf(await withTenant())), input: {} }),
  });
}

describeCheck(check('tenant.plan_impact'), {
  cannotOccur: OWN_DATABASE,
  badInputs: { 'no plan': {}, 'a negative limit': { plan: 'free', limits: { users: -1 } } },
  open: async () => ({ ...(await worldOf(await withTenant())), input: { plan: 'starter' } }),
});

describe('a run', () => {
  const other = async () => (await withTenant()).id;

  it('cannot be talked into touching another tenant', async () => {
    const ctx = testContext({ tenant: await withTenant() });
    const attempt = action('tenant.set_status').apply(ctx, { tenant: await other(), status: 'active' });
    await expect(attempt).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(check('tenant.settings').run(ctx, { tenant: await other() })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
  });

  it('creates a tenant under the slug it has reserved and no other', async () => {
    const tenant = await reserved();
    const ctx = testContext({ tenant });
    await expect(action('tenant.create').apply(ctx, creation(uniqueSlug()))).rejects.toMatchObject({
      code: 'request.invalid',
    });
    await doing((step) => releaseReservation(step, RUN));
    await expect(action('tenant.create').apply(ctx, creation(tenant.slug))).rejects.toMatchObject({
      code: 'runbook.invalid',
    });
  });

  it('learns from the plan already that the contract and the plan do not fit (CH-04)', async () => {
    const tenant = await reserved();
    const wish = { ...creation(tenant.slug), settings: { features: { sso: true } } };
    await expect(action('tenant.create').plan(testContext({ tenant }), wish)).rejects.toMatchObject({
      code: 'tenant.feature_not_in_plan',
    });
  });

  it('plans a change of a tenant it has yet to create, and one with values it does not know yet', async () => {
    const ctx = testContext({ tenant: await reserved() });
    const limits = action('tenant.set_limits');
    expect(await limits.plan(ctx, { limits: { users: 5 } })).toMatchObject({
      changes: [{ verb: 'change', after: { limits: { users: 5 } } }],
    });
    const unknown = new Unknown('steps.contract.output.users');
    expect(await limits.plan(ctx, { limits: { users: unknown } })).toMatchObject({ changes: [{ verb: 'change' }] });
    expect(await action('tenant.set_status').plan(ctx, { status: 'active' })).toMatchObject({
      changes: [{ verb: 'change' }],
    });
  });

  it('undoing a change of settings fails, saying so, when somebody changed them since', async () => {
    const tenant = await withTenant();
    const ctx = testContext({ tenant });
    const applied = await action('tenant.set_limits').apply(ctx, { limits: { users: 5 } });
    await doing((step) => setLimits(step, { tenantId: tenant.id, limits: { projects: 9 } }));
    const [resource] = applied.resources;
    if (resource === undefined) throw new Error('no resource was claimed');
    await expect(action('tenant.set_limits').undo(ctx, resource)).rejects.toMatchObject({ code: 'tenant.changed' });
  });

  it('undoing a change of a tenant that is gone finds nothing to do', async () => {
    const tenant = await withTenant();
    const ctx = testContext({ tenant });
    for (const [name, input] of [
      ['tenant.set_limits', { limits: { users: 5 } }],
      ['tenant.set_status', { status: 'active' }],
    ] as const) {
      const { resources } = await action(name).apply(ctx, input);
      await asSuperuser('delete from tenantry.tenants where id = $1', [tenant.id]);
      const [resource] = resources;
      if (resource === undefined) throw new Error('no resource was claimed');
      expect(await action(name).undo(ctx, resource)).toMatchObject({ outcome: 'absent' });
      await makeTenant(database, { id: tenant.id, slug: tenant.slug });
    }
  });

  it('verify does not take a recorded later change for drift', async () => {
    const tenant = await reserved();
    const ctx = testContext({ tenant });
    const made = await action('tenant.create').apply(ctx, creation(tenant.slug));
    await action('tenant.set_plan').apply(testContext({ tenant }), { plan: 'starter' });
    await action('tenant.set_status').apply(testContext({ tenant }), { status: 'active' });
    expect(await action('tenant.create').verify(ctx, creation(tenant.slug), made)).toMatchObject({
      ok: true,
      output: { plan: 'starter', status: 'active' },
    });
  });
});

describe('tenant.settings', () => {
  it('VAL-15: gives what is in force, and the limits the contract still owes', async () => {
    const tenant = await withTenant({
      plan: 'Custom',
      settings: { features: { scim: false }, limits: { users: 1000, api_calls_per_15min: 50_000 } },
    });
    expect(await check('tenant.settings').run(testContext({ tenant }), {})).toMatchObject({
      plan: 'enterprise',
      status: 'onboarding',
      limits: { users: 1000, projects: 'unlimited', api_calls_per_15min: 50_000 },
      unset_limits: ['storage_bytes'],
      features: { sso: true, scim: false, api_access: true },
      sla_percent: 99.9,
    });
  });
});

describe('tenant.audit_trail', () => {
  it('VAL-22, SECV-06: an act of the run appears, one of somebody else does not', async () => {
    const tenant = await withTenant();
    const ctx = testContext({ tenant });
    const read = () => check('tenant.audit_trail').run(ctx, {});
    expect(await read()).toEqual({ entries: 0, actions: [] });
    await action('tenant.set_limits').apply(ctx, { limits: { users: 5 } });
    expect(await read()).toEqual({ entries: 1, actions: ['tenant.limits_changed'] });
  });
});

describe('tenant.contacts', () => {
  it('REG-26: names what is missing until all are there', async () => {
    const tenant = await withTenant();
    const run = () => check('tenant.contacts').run(testContext({ tenant }), {});
    expect(await run()).toMatchObject({
      ours: true,
      theirs: false,
      missing: expect.arrayContaining(['client.it_admin']),
    });
    for (const role of ['executive_sponsor', 'technical_lead', 'it_admin', 'primary_user'] as const) {
      const contact = { party: 'client', role, name: 'Ann', email: 'ann@acme.example', phone: '+43 1' } as const;
      await doing((ctx) => setContact(ctx, tenant.id, contact));
    }
    expect(await run()).toEqual({ ours: true, theirs: true, missing: [] });
  });
});
