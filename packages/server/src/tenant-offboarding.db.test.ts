import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Ctx } from './access/index.ts';
import { backupWorld, fillTenant, SHOP_TABLES } from './backups/testing/world.ts';
import { readConfig } from './config.ts';
import { Secret } from './connectors/kit/index.ts';
import { exportDeps } from './export-sources.ts';
import type { OutgoingMail } from './identity/authentication.ts';
import { accountLinks } from './identity/provider/routes.ts';
import { deletionDeps } from './tenant-erasure.ts';
import { followTenants } from './tenant-life.ts';
import {
  cancelOffboarding,
  countResidue,
  DELETION_STEPS,
  findOffboarding,
  findTenant,
  hastenDeletion,
  keepDeletions,
  keepOffboardings,
  listHistory,
  loadTenant,
  type NewTenant,
  type OffboardInput,
  offboardTenant,
  setLegalHold,
  suspendTenant,
} from './tenants/index.ts';
import { makeTenant, operator, reader } from './tenants/testing/registry.ts';
import { sealSecret } from './vault/index.ts';

const world = await backupWorld();
const { database, shop, plane } = world;
const exports = exportDeps({ backups: world.deps, config: readConfig({ mode: 'test' }, {}) });
const mails: OutgoingMail[] = [];
afterAll(
  followTenants({
    links: accountLinks('https://id.example'),
    enqueueMail: async (_ctx, mail) => void mails.push(mail),
  }),
);

const START = world.clock;
const DAY = 86_400_000;
const at = (days: number): Date => {
  world.clock = new Date(START.getTime() + days * DAY);
  return world.clock;
};
const doing = <T>(fn: (ctx: Ctx) => Promise<T>, actor: Actor = operator): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now: world.clock }));
const read = (id: string) => doing(({ tx }) => loadTenant(tx, id));
const found = async (id: string) => (await doing(({ tx }) => findOffboarding(tx, id))) ?? expect.fail('no offboarding');
const operations = async (id: string) =>
  (await doing(({ tx }) => listHistory(tx, id))).map(({ operation }) => operation);
const templates = (id: string) => mails.filter(({ tenantId }) => tenantId === id).map(({ template }) => template);
const code = (value: string) => expect.objectContaining({ code: value });
const deletions = () => keepDeletions(deletionDeps({ backups: world.deps, keyring: world.keyring, exports }));

const current = new Set<string>();
beforeEach(() => current.clear());

/** A tenant with an administrator and, where asked for, rows in the product. */
async function leaver({ rows = false, ...more }: Partial<NewTenant> & { rows?: boolean } = {}) {
  at(0);
  // Each test looks at its own: what the ones before have left behind is due as well, as time goes on.
  await plane.asSuperuser(
    `update tenantry.tenant_offboardings set state = 'cancelled' where state <> 'deleted' and tenant_id <> all ($1)`,
    [[...current]],
  );
  const { tenant } = await makeTenant(database, { status: 'active', ...more });
  await plane.asSuperuser(
    `insert into tenantry.users (tenant_id, email, full_name, role) values ($1, $2, 'Ann', 'admin')`,
    [tenant.id, `ann@${tenant.slug}.example`],
  );
  if (rows) await fillTenant(shop, tenant.id, tenant.slug);
  current.add(tenant.id);
  return tenant;
}

const offboard = (tenantId: string, more: Partial<OffboardInput> = {}) =>
  doing((ctx) =>
    offboardTenant(ctx, { tenantId, cause: 'customer_request', reason: 'They leave', authority: 'Nora', ...more }),
  );
const cancel = (tenantId: string) => doing((ctx) => cancelOffboarding(ctx, { tenantId, reason: 'They stay' }));

describe('an offboarding', () => {
  it('OFF-01, OFF-08, OFF-09, OFF-10, CH-78: is announced with a date and instructions, and access goes on until then', async () => {
    const { id } = await leaver();
    const made = await offboard(id);
    expect(made).toMatchObject({ state: 'grace', endsAt: new Date(START.getTime() + 30 * DAY) });
    expect(await read(id)).toMatchObject({ status: 'active', pendingOffboardingAt: made.endsAt });
    const [notice] = mails.filter(({ tenantId }) => tenantId === id);
    expect(notice).toMatchObject({
      template: 'offboarding-notice',
      values: {
        ends: '2026-12-20',
        export: 'https://id.example/api/admin/export',
        access: 'Until then everything works as before.',
      },
    });
    expect((await operations(id))[0]).toBe('offboarding_announced');
    await expect(offboard(id)).rejects.toEqual(code('tenant.illegal_transition'));
  });

  it('OFF-05, OFF-06, OFF-12, CH-32: reminds, ends the access by itself on its day, and keeps the data out of reach', async () => {
    const { id } = await leaver({ rows: true });
    await offboard(id);
    for (const day of [10, 23.5, 29.5, 29.9]) await keepOffboardings(database, at(day));
    await keepOffboardings(database, at(29.99));
    expect(new Set(templates(id))).toEqual(new Set(['offboarding-notice', 'offboarding-reminder']));
    const reminders = mails.filter(({ tenantId, template }) => tenantId === id && template === 'offboarding-reminder');
    expect([...new Set(reminders.map(({ values }) => values.days))]).toEqual(['7 days', 'a day']);
    expect(await read(id)).toMatchObject({ status: 'active' });
    await keepOffboardings(database, at(30));
    expect(await read(id)).toMatchObject({ status: 'offboarded', pendingOffboardingAt: null });
    expect(await found(id)).toMatchObject({ state: 'offboarded', deleteAfter: new Date(START.getTime() + 60 * DAY) });
    expect(templates(id).at(-1)).toBe('tenant-offboarded');
    expect((await shop.all(id)).projects).toHaveLength(3);
    expect(await deletions()).toBe(0);
  });

  it('OFF-05: is called off in its grace and after its end, and the status before it stands again', async () => {
    const early = await leaver({ status: 'trial' });
    await offboard(early.id);
    await cancel(early.id);
    expect(await read(early.id)).toMatchObject({ status: 'trial', pendingOffboardingAt: null });
    const late = await leaver();
    await offboard(late.id);
    await keepOffboardings(database, at(31));
    await cancel(late.id);
    expect(await read(late.id)).toMatchObject({ status: 'active' });
    expect(templates(late.id).at(-1)).toBe('offboarding-cancelled');
    await keepOffboardings(database, at(90));
    expect(await deletions()).toBe(0);
    expect(await read(late.id)).toMatchObject({ status: 'active' });
    await expect(cancel(late.id)).rejects.toEqual(code('tenant.illegal_transition'));
    await offboard(late.id);
    expect(await found(late.id)).toMatchObject({ state: 'grace' });
  });

  it('OFF-04, CH-50: for a violation of the terms a second person agrees, and access ends at once', async () => {
    const { id } = await leaver();
    await expect(offboard(id, { cause: 'terms_violation' })).rejects.toEqual(code('request.invalid'));
    expect(await read(id)).toMatchObject({ status: 'active', pendingOffboardingAt: null });
    await offboard(id, { cause: 'terms_violation', secondAuthority: 'CTO' });
    expect(await read(id)).toMatchObject({ status: 'offboarded' });
  });

  it('OFF-03, CH-75: thirty days after a payment failed, sixty days for reading begin by themselves', async () => {
    const { id } = await leaver();
    const { id: paid } = await leaver();
    for (const tenantId of [id, paid]) {
      await doing((ctx) => suspendTenant(ctx, { tenantId, cause: 'payment_failure', reason: 'late' }));
    }
    await keepOffboardings(database, at(29));
    expect(await doing(({ tx }) => findOffboarding(tx, id))).toBeUndefined();
    await plane.asSuperuser(
      `update tenantry.tenant_suspensions set ended_at = now(), resolution = 'paid' where tenant_id = $1`,
      [paid],
    );
    await keepOffboardings(database, at(30));
    await keepOffboardings(database, at(30.1));
    expect(await found(id)).toMatchObject({
      cause: 'non_payment',
      authority: 'dunning',
      endsAt: new Date(START.getTime() + 90 * DAY),
    });
    expect(await read(id)).toMatchObject({ status: 'suspended', accessMode: 'read-only' });
    expect(await doing(({ tx }) => findOffboarding(tx, paid))).toBeUndefined();
  });

  it('is nobody else’s to announce, and of no tenant that is not there', async () => {
    const { id } = await leaver();
    const wish = { tenantId: id, cause: 'contract_end', reason: 'r' } as const;
    await expect(doing((ctx) => offboardTenant(ctx, wish), reader)).rejects.toEqual(code('access.forbidden'));
    await expect(offboard('7d0a4bb4-6a44-4a5e-9a7e-000000000000')).rejects.toEqual(code('tenant.not_found'));
    await expect(doing((ctx) => cancelOffboarding(ctx, { tenantId: id, reason: 'r' }), reader)).rejects.toEqual(
      code('access.forbidden'),
    );
  });
});

describe('the deletion', () => {
  const SECRET = 'a key of the client';

  /** Offboarded at once, with rows and a secret, to be deleted without retention. */
  async function gone() {
    const tenant = await leaver({ rows: true });
    await doing((ctx) =>
      sealSecret(
        { ...ctx, keyring: world.keyring },
        { tenantId: tenant.id, label: 'api key', secret: new Secret(SECRET), owner: { kind: 'connection', id: 'x' } },
      ),
    );
    await offboard(tenant.id, { cause: 'terms_violation', secondAuthority: 'CTO', erasureRequest: true });
    return tenant;
  }

  const proveGone = async (id: string): Promise<void> => {
    expect(await doing(({ tx }) => findTenant(tx, id))).toBeUndefined();
    const rows = await shop.all(id);
    for (const table of SHOP_TABLES) expect(rows[table], table).toEqual([]);
    expect((await shop.sql('select from sessions where tenant_id = $1', [id])).length).toBe(0);
    const residue = await countResidue(database, id);
    expect(residue.filter(({ rows: left, retained }) => left > 0 && retained === undefined)).toEqual([]);
    const keys = await plane.asSuperuser<{ wrapped: Buffer | null }>(
      'select wrapped from tenantry.vault_data_keys where tenant_id = $1',
      [id],
    );
    expect(keys.map(({ wrapped }) => wrapped)).toEqual(keys.map(() => null));
  };

  it('OFF-07, OFF-13, OFF-14, OFF-15, OFF-16, REG-15: backs up, deletes everywhere, proves it, and certifies what is left', async () => {
    const bystander = await shop.all(world.beta);
    const { id, slug } = await gone();
    expect(await deletions()).toBe(1);
    await proveGone(id);
    expect(await shop.all(world.beta)).toEqual(bystander);
    const { state, certificate, steps } = await found(slug);
    expect(state).toBe('deleted');
    expect(Object.keys(steps).sort()).toEqual([...DELETION_STEPS].sort());
    expect(certificate).toMatchObject({
      schema: 'tenantry.erasure-certificate/1',
      tenant: { id, slug },
      final_backup: { taken: true, proven: 'restore' },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      deleted: { secrets: { entries_wiped: 1, keys_destroyed: 1 } },
    });
    const { left: all } = certificate as unknown as { left: { control_plane: { rows: number }[] } };
    const left = all.control_plane;
    expect(left.length).toBeGreaterThan(10);
    expect(left.every(({ rows }) => rows === 0)).toBe(true);
    const stones = await plane.asSuperuser('select from tenantry.tenant_tombstones where tenant_id = $1', [id]);
    expect(stones).toHaveLength(1);
    expect(await deletions()).toBe(0);
  });

  it.each(DELETION_STEPS)(
    'OFF-05: dying after the step %s is followed by somebody who goes on to the end',
    async (step) => {
      const { id, slug } = await gone();
      const deps = deletionDeps({ backups: world.deps, keyring: world.keyring, exports });
      const died = new Error(`died after ${step}`);
      const reached = (at: string): void => {
        if (at === step) throw died;
      };
      await expect(keepDeletions({ ...deps, reached })).rejects.toBe(died);
      const between = await found(slug);
      expect(between.state).toBe(step === 'proof' ? 'deleted' : 'deleting');
      expect(between.steps).toHaveProperty(step);
      await keepDeletions(deps);
      await proveGone(id);
      expect((await found(slug)).state).toBe('deleted');
      const backups = await plane.asSuperuser('select from tenantry.backups where tenant_id = $1', [id]);
      expect(backups).toHaveLength(1);
    },
  );

  it('waits while something that a run has made elsewhere still stands, and says what', async () => {
    const { id, slug } = await gone();
    const run = randomUUID();
    // Of the run nothing is looked at but its ledger.
    await plane.asSuperuser(
      `set session_replication_role = replica;
       insert into tenantry.run_resources (run_id, tenant_id, step_id, action, action_version, environment, kind, external_id, name, claim, undo, made_at)
       values ('${run}', '${id}', 's', 'kubernetes.namespace', 1, 'production', 'namespace', 'n', 'tenant-acme', 'created', '{}', now())`,
    );
    for (let round = 0; round < 2; round += 1) expect(await deletions()).toBe(0);
    expect(await found(slug)).toMatchObject({
      state: 'deleting',
      obstacle: { code: 'tenant.not_empty', facts: { where: ['tenant-acme (kubernetes.namespace)'] } },
    });
    expect((await shop.all(id)).projects).toHaveLength(3);
    expect((await operations(id)).filter((each) => each === 'deletion_held_up')).toHaveLength(1);
    await expect(cancel(id)).rejects.toEqual(code('tenant.illegal_transition'));
    await plane.asSuperuser(`update tenantry.run_resources set status = 'undone' where run_id = $1`, [run]);
    expect(await deletions()).toBe(1);
    await proveGone(id);
  });

  it('waits for a legal hold, also where somebody asks to hasten it', async () => {
    const { id } = await gone();
    const hold = (on: boolean) =>
      doing((ctx) => setLegalHold(ctx, { tenantId: id, hold: on, reason: 'Case 7', authority: 'Legal' }));
    await hold(true);
    expect(await deletions()).toBe(0);
    const hasten = () => doing((ctx) => hastenDeletion(ctx, { tenantId: id, reason: 'now' }));
    await expect(hasten()).rejects.toEqual(code('tenant.illegal_transition'));
    await hold(false);
    await hasten();
    expect(await deletions()).toBe(1);
    await proveGone(id);
  });

  it('RBK-29: deletes nothing where the data is to be kept, or while the final backup cannot be taken', async () => {
    const kept = await leaver({ rows: true });
    await offboard(kept.id, { cause: 'terms_violation', secondAuthority: 'CTO', deleteData: false });
    at(400);
    expect(await deletions()).toBe(0);
    const { id, slug } = await gone();
    await plane.asSuperuser(`update tenantry.environments set connections = '{}'`);
    expect(await deletions()).toBe(0);
    expect(await found(slug)).toMatchObject({ state: 'deleting', obstacle: { code: 'config.invalid' } });
    expect((await shop.all(id)).projects).toHaveLength(3);
    await world.connect();
    expect(await deletions()).toBe(1);
    await proveGone(id);
  });
});
