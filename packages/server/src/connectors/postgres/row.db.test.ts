import { isTenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { type ResourceClaim, Secret, Unknown } from '../kit/index.ts';
import { testContext } from '../kit/testing/context.ts';
import { describeAction } from '../kit/testing/contract-suite.ts';
import { rowAction } from './row.ts';
import { faultyConnections } from './testing/faults.ts';
import { ACME, shopDatabase } from './testing/shop-database.ts';

const shop = await shopDatabase();
const KEY = 'run 1, step project, round 1';

const context = (key = KEY) => testContext({ key, connections: shop.connections });
const input = rowAction.input.parse({
  database: 'app',
  table: 'projects',
  key: { tenant_id: ACME, slug: 'garage' },
  values: {
    name: 'Garage',
    budget: 1200.5,
    config: { walls: [1, 2] },
    tags: ['new', 'brick'],
    credential: shop.canary,
  },
  returns: ['id'],
  tenant: ACME,
  control: 'control',
});

const reset = (): Promise<unknown> =>
  shop.sql(`delete from projects where slug in ('garage', 'shed'); delete from tenantry_marks`);

const codeOf = (error: unknown): string => (isTenantryError(error) ? error.code : String(error));
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describeAction(rowAction, {
  delivery: 'readback',
  adopts: true,
  open: async () => {
    await reset();
    const faulty = faultyConnections(shop, KEY);
    return {
      input,
      canary: shop.canary,
      context,
      snapshot: shop.snapshot,
      tamper: async () => {
        await shop.sql(`update projects set credential = 'another' where slug = 'garage'`);
      },
      adopt: async () => {
        await shop.sql(`insert into projects (tenant_id, slug, name) values ('${ACME}', 'shed', 'Shed')`);
        return {
          ...input,
          key: { tenant_id: ACME, slug: 'shed' },
          values: { name: 'Shed' },
          on_exists: 'adopt' as const,
        };
      },
      fault: faulty.fault,
      async [Symbol.asyncDispose]() {
        await faulty.close();
        await reset();
      },
    };
  },
  badInputs: {
    'a key without columns': { ...input, key: {} },
    'a tenant that is no uuid': { ...input, tenant: 'acme' },
    'a table that is a number': { ...input, table: 7 },
    'a member it does not know': { ...input, on_conflict: 'ignore' },
    'a value that is no JSON': { ...input, values: { name: () => 'x' } },
  },
});

describe('postgres.row', () => {
  it('PDB-01: a run creates exactly one row and running again creates none', async () => {
    await reset();
    await rowAction.apply(context(), input);
    await rowAction.apply(context(), input);
    expect(await shop.sql(`select name, budget, config, tags, credential from projects where slug = 'garage'`)).toEqual(
      [
        {
          name: 'Garage',
          budget: '1200.50',
          config: { walls: [1, 2] },
          tags: ['new', 'brick'],
          credential: shop.canary.reveal(),
        },
      ],
    );
  });

  it('two attempts at once make one row', async () => {
    await reset();
    const [first, second] = await Promise.all([rowAction.apply(context(), input), rowAction.apply(context(), input)]);
    expect(first).toEqual(second);
    expect(await shop.sql(`select count(*)::int as rows from projects where slug = 'garage'`)).toEqual([{ rows: 1 }]);
  });

  it("a row of somebody else's is refused, in the plan already, and left as it is", async () => {
    await reset();
    const roof = { ...input, key: { tenant_id: ACME, slug: 'roof' } };
    const before = await shop.snapshot();
    expect(codeOf(await failure(rowAction.plan(context(), roof)))).toBe('connector.conflict');
    expect(codeOf(await failure(rowAction.apply(context(), roof)))).toBe('connector.conflict');
    expect(await shop.snapshot()).toEqual(before);
  });

  it('a changed row gets its earlier values back, and a replaced secret never leaves the database', async () => {
    await reset();
    await shop.sql(`insert into projects (tenant_id, slug, name, config, credential, budget)
      values ('${ACME}', 'garage', 'Old', '{"a": 1}', 'the old secret', 7.25)`);
    const before = await shop.snapshot();
    const applied = await rowAction.apply(context(), { ...input, on_exists: 'update' });
    expect(applied.resources[0]?.claim).toBe('changed');
    expect(JSON.stringify(applied)).not.toContain('the old secret');
    expect(await rowAction.verify(context(), input, applied)).toMatchObject({ ok: true });
    for (const resource of applied.resources) await rowAction.undo(context(), resource);
    expect(await shop.snapshot()).toEqual(before);
  });

  it('undo does not overwrite what somebody changed after the run did', async () => {
    await reset();
    await shop.sql(`insert into projects (tenant_id, slug, name) values ('${ACME}', 'garage', 'Old')`);
    const { resources } = await rowAction.apply(context(), { ...input, on_exists: 'update' });
    await shop.sql(`update projects set name = 'Newer' where slug = 'garage'`);
    const [resource] = resources;
    if (resource === undefined) throw new Error('nothing was claimed');
    expect(codeOf(await failure(rowAction.undo(context(), resource)))).toBe('connector.conflict');
    expect(await shop.sql(`select name from projects where slug = 'garage'`)).toEqual([{ name: 'Newer' }]);
  });

  it('PDB-17: without tenant context the insert is refused by row-level security', async () => {
    await reset();
    const { tenant: _, ...withoutTenant } = input;
    expect(codeOf(await failure(rowAction.apply(context(), withoutTenant)))).toBe('connector.unauthorized');
  });

  it('PDB-17: a deletion that row-level security turns into a false zero is found out', async () => {
    await reset();
    const { resources } = await rowAction.apply(context(), input);
    const [resource] = resources;
    if (resource === undefined) throw new Error('nothing was claimed');
    const { tenant: _, ...undo } = resource.undo;
    const error = await failure(rowAction.undo(context(), { ...resource, undo }));
    expect(error).toMatchObject({ code: 'connector.refused', facts: { visible_to_us: 0, visible_to_control: 1 } });
    expect(await rowAction.undo(context(), resource)).toEqual({ outcome: 'removed' });
  });

  it.each(['control', 'provisioner'])(
    'PDB-17: a deletion is confirmed by %s, a role that sees all rows',
    async (control) => {
      await reset();
      const { resources } = await rowAction.apply(context(), { ...input, control });
      expect(resources[0] && (await rowAction.undo(context(), resources[0]))).toEqual({ outcome: 'removed' });
    },
  );

  it('PDB-17: a role that is filtered itself confirms nothing', async () => {
    await reset();
    const { resources } = await rowAction.apply(context(), { ...input, control: 'app' });
    expect(codeOf(await failure(rowAction.undo(context(), resources[0] as ResourceClaim)))).toBe('config.invalid');
  });

  it('a row whose mark is gone is not deleted', async () => {
    await reset();
    const { resources } = await rowAction.apply(context(), input);
    await shop.sql('delete from tenantry_marks');
    const [resource] = resources;
    if (resource === undefined) throw new Error('nothing was claimed');
    expect(codeOf(await failure(rowAction.undo(context(), resource)))).toBe('connector.conflict');
    expect(await shop.sql(`select 1 as one from projects where slug = 'garage'`)).toHaveLength(1);
  });

  it('names are quoted and values are parameters, whatever a client typed', async () => {
    await reset();
    const hostile = `'); drop table projects; --`;
    const applied = await rowAction.apply(context(), {
      ...input,
      values: { name: hostile, credential: new Secret(`x' or '1'='1`) },
    });
    expect(applied.output.row.name).toBe(hostile);
    const named = { ...input, table: 'projects"; drop table projects; --' };
    expect(codeOf(await failure(rowAction.apply(context(), named)))).toBe('connector.not_found');
    const column = { ...input, values: { "name\" = 'x' --": 'y' } };
    expect(codeOf(await failure(rowAction.apply(context(), column)))).toBe('connector.not_found');
  });

  it('a plan works with references to secrets and with values not known yet', async () => {
    await reset();
    const credential = { $secret: 'vault:9a1c' };
    const withRef = { ...input, values: { ...input.values, credential } };
    expect((await rowAction.plan(context(), withRef)).changes).toMatchObject([
      { verb: 'create', after: { name: 'Garage', credential: '[secret]' } },
    ]);
    await shop.sql(`insert into projects (tenant_id, slug, name) values ('${ACME}', 'garage', 'Old')`);
    const updating = { ...withRef, on_exists: 'update' as const };
    expect((await rowAction.plan(context(), updating)).changes).toMatchObject([
      { verb: 'change', before: { name: 'Old' } },
    ]);
    const unknown = { ...input, key: { tenant_id: new Unknown('steps.tenant.output.id'), slug: 'garage' } };
    expect((await rowAction.plan(context(), unknown)).changes).toEqual([
      { verb: 'create', kind: 'row', name: 'projects tenant_id=(known after apply) slug=garage' },
    ]);
  });

  it('without the table of marks nothing is written, and the reader is told what to run', async () => {
    const settings = { ...Object(shop.connections['postgres/app']), marks: 'marks_elsewhere' };
    const ctx = testContext({ key: KEY, connections: { 'postgres/app': settings } });
    const error = await failure(rowAction.plan(ctx, input));
    expect(error).toMatchObject({
      code: 'connector.not_found',
      next: expect.stringContaining('create table marks_elsewhere'),
    });
  });
});
