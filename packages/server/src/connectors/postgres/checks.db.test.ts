import { isTenantryError } from '@tenantry/contract';
import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../kit/index.ts';
import { testContext } from '../kit/testing/context.ts';
import { describeCheck } from '../kit/testing/contract-suite.ts';
import { isolationCheck } from './isolation.ts';
import { queryCheck, versionCheck } from './query.ts';
import { rowSecurityCheck } from './row-security.ts';
import { faultyConnections } from './testing/faults.ts';
import { ACME, BETA, shopDatabase } from './testing/shop-database.ts';

const shop = await shopDatabase();
const context = () => testContext({ connections: shop.connections });

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const codeOf = (error: unknown): string => (isTenantryError(error) ? error.code : String(error));

function describeOnShop<Input, Output>(
  check: Check<Input, Output>,
  asked: object,
  badInputs: Record<string, unknown>,
): void {
  describeCheck(check, {
    badInputs,
    open: async () => {
      const faulty = faultyConnections(shop, 'key');
      return {
        input: check.input.parse(asked),
        canary: shop.canary,
        context,
        snapshot: shop.snapshot,
        fault: faulty.fault,
        [Symbol.asyncDispose]: faulty.close,
      };
    },
  });
}

const QUERY = { database: 'app', sql: 'select $1::text as given', params: [shop.canary] };

describeOnShop(queryCheck, QUERY, {
  'an empty statement': { database: 'app', sql: '' },
  'a list as a parameter': { ...QUERY, params: [[1]] },
});
describeOnShop(versionCheck, { database: 'app' }, { 'no connection': {}, 'a number for a name': { database: 1 } });
describeOnShop(rowSecurityCheck, { database: 'app' }, { 'an empty list of tables': { database: 'app', tables: [] } });
describeOnShop(
  isolationCheck,
  { database: 'app', control: 'control', tenant: ACME },
  { 'a tenant that is no uuid': { database: 'app', tenant: 'acme' } },
);

const query = (sql: string, more: object = {}) =>
  queryCheck.run(context(), queryCheck.input.parse({ database: 'app', sql, ...more }));

describe('postgres.query', () => {
  it('gives rows as JSON, numbers as numbers, in the context of the tenant', async () => {
    const facts = await query('select count(*), max(slug) as slug from projects; ', { tenant: ACME });
    expect(facts).toEqual({ rows: [{ count: 1, slug: 'roof' }], row_count: 1, truncated: false });
  });

  it('PDB-05: without a tenant no row is seen', async () => {
    expect(await query('select * from projects')).toMatchObject({ rows: [], row_count: 0 });
  });

  it('PDB-06: with one tenant set, the rows of others are not found', async () => {
    const facts = await query('select * from projects where tenant_id <> $1::uuid', { tenant: ACME, params: [ACME] });
    expect(facts.row_count).toBe(0);
  });

  it('counts every row and gives back no more than asked for', async () => {
    const facts = await query('select n from generate_series(1, 250) as n', { limit: 2 });
    expect(facts).toEqual({ rows: [{ n: 1 }, { n: 2 }], row_count: 250, truncated: true });
  });

  it.each([
    ['an insert', `insert into tenantry_marks (key, table_name, row_key, after) values ('x', 'x', '{}', '{}')`],
    ['a writing WITH', `with gone as (delete from projects returning 1) select * from gone`],
    ['a second statement', `select 1; delete from projects`],
    [
      'a way out of the parentheses',
      `select 1) q; commit; insert into tenantry_marks (key, table_name, row_key, after) values ('x', 'x', '{}', '{}'); select * from (select 1`,
    ],
    ['an advance of a sequence', `select nextval('notes_id_seq')`],
    ['a program', `copy projects to program 'true'`],
    ['the end of the transaction', 'commit'],
  ])('%s is refused', async (_what, sql) => {
    const before = await shop.snapshot();
    expect(codeOf(await failure(query(sql, { tenant: ACME })))).toMatch(/^connector\.(refused|unauthorized)$/);
    expect(await shop.snapshot()).toEqual(before);
  });

  it('a statement that takes too long is cancelled', async () => {
    expect(codeOf(await failure(query('select pg_sleep(20)', { timeout_ms: 50 })))).toBe('connector.timeout');
  });

  it('a wrong table name is told apart from a server that is away', async () => {
    expect(codeOf(await failure(query('select * from nowhere')))).toBe('connector.not_found');
  });
});

it('postgres.version gives the major version as a number', async () => {
  const facts = await versionCheck.run(context(), { database: 'app' });
  expect(facts.major).toBeGreaterThanOrEqual(15);
  expect(facts.text).toMatch(new RegExp(`^${facts.major}`));
});

const rules = async (): Promise<string[]> => {
  const { findings } = await rowSecurityCheck.run(context(), rowSecurityCheck.input.parse({ database: 'app' }));
  return findings.map((finding) => `${finding.rule} ${finding.subject}`);
};
const prove = (more: object = {}) =>
  isolationCheck.run(
    context(),
    isolationCheck.input.parse({
      database: 'app',
      control: 'control',
      tenant: ACME,
      tables: ['notes', 'projects'],
      ...more,
    }),
  );

const PROTECTED = `tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid)`;

/** Puts the policies back as they were. */
const repair = async (): Promise<void> => {
  await shop.sql(`
    drop view if exists all_projects;
    drop policy if exists tenant on projects;
    drop policy if exists extra on projects;
    create policy tenant on projects for all to ${shop.app} using (${PROTECTED}) with check (${PROTECTED});
    alter table projects enable row level security;
    alter table projects force row level security;
    alter role ${shop.app} nosuperuser nobypassrls;
    revoke truncate on projects from ${shop.app}`);
};

describe('postgres.row_security', () => {
  afterEach(repair);

  it('PDB-03, PDB-04: tables protected as they should be give no finding', async () => {
    const facts = await rowSecurityCheck.run(
      context(),
      rowSecurityCheck.input.parse({ database: 'app', tables: ['notes', 'projects'] }),
    );
    expect(facts).toEqual({
      role: shop.app,
      role_bypasses: false,
      tables: ['notes', 'projects'],
      policies: 2,
      unprotected: [],
      not_forced: [],
      findings: [],
    });
  });

  it.each([
    ['row-level security switched off', 'alter table projects disable row level security', 'unprotected projects'],
    ['a table that does not force it', 'alter table projects no force row level security', 'not_forced projects'],
    [
      'a policy that lets everything through',
      `create policy extra on projects using (true)`,
      'open_policy projects (extra)',
    ],
    ['TRUNCATE granted', `grant truncate on projects to ${shop.app}`, 'truncate projects'],
    [
      'a view that runs as a superuser',
      `create view all_projects as select * from projects; grant select on all_projects to ${shop.app}`,
      'detour all_projects',
    ],
    [
      'a policy for reading alone',
      `drop policy tenant on projects; create policy tenant on projects for select using (${PROTECTED})`,
      'verb_missing projects',
    ],
    [
      'a setting read for every row',
      `drop policy tenant on projects; create policy tenant on projects using (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid) with check (${PROTECTED})`,
      'unwrapped_setting projects (tenant)',
    ],
    [
      "the seed's own policy, made to fit a uuid column",
      `drop policy tenant on projects; create policy tenant on projects using (tenant_id::text = current_setting('app.current_tenant_id'))`,
      'setting_missing projects (tenant)',
    ],
  ])('CH-12: %s is found', async (_what, damage, finding) => {
    await shop.sql(damage);
    expect(await rules()).toContain(finding);
  });

  it('PDB-07: a role that bypasses is named', async () => {
    await shop.sql(`alter role ${shop.app} bypassrls`);
    expect(await rules()).toContain(`role_bypasses ${shop.app}`);
  });

  it('a table that does not exist is an error, not an empty answer', async () => {
    const asked = rowSecurityCheck.input.parse({ database: 'app', tables: ['projects', 'projcts'] });
    expect(codeOf(await failure(rowSecurityCheck.run(context(), asked)))).toBe('connector.not_found');
  });
});

describe('postgres.isolation', () => {
  afterEach(repair);

  it('SECV-01, SECV-03, PDB-08, VAL-13: with rows of two tenants, no verb reaches the other', async () => {
    const proof = await prove();
    expect(proof).toMatchObject({
      role: shop.app,
      role_bypasses: false,
      leaks: 0,
      own_rows: 2,
      other_tenant: BETA,
      other_tenant_rows: 3,
      findings: [],
    });
    expect(proof.matrix.map(({ table, verb, outcome }) => `${table} ${verb} ${outcome}`)).toEqual([
      'notes read empty',
      'notes insert refused',
      'notes update empty',
      'notes delete empty',
      'projects read empty',
      'projects insert refused',
      'projects update empty',
      'projects delete empty',
    ]);
  });

  it.each([
    [
      'protection switched off',
      'alter table projects disable row level security',
      ['read', 'insert', 'update', 'delete'],
    ],
    ['an open policy for reading', `create policy extra on projects for select using (true)`, ['read']],
    ['an open policy for inserting', `create policy extra on projects for insert with check (true)`, ['insert']],
    [
      'an open policy for deleting, hidden behind the one for reading',
      `create policy extra on projects for delete using (true)`,
      ['delete'],
    ],
    [
      'an open policy for updating',
      `create policy extra on projects for update using (true) with check (true)`,
      ['update'],
    ],
    [
      'a check that lets a row be handed over',
      `drop policy tenant on projects; create policy tenant on projects using (${PROTECTED}) with check (true)`,
      ['insert', 'update'],
    ],
  ])('SECV-03: %s is a leak, and nothing is changed by finding it', async (_what, damage, verbs) => {
    await shop.sql(damage);
    const before = await shop.snapshot();
    const proof = await prove();
    const leaks = proof.matrix.filter((probe) => probe.outcome === 'leak');
    expect(leaks.map((probe) => `${probe.table} ${probe.verb}`)).toEqual(verbs.map((verb) => `projects ${verb}`));
    expect(proof.leaks).toBe(verbs.length);
    expect(await shop.snapshot()).toEqual(before);
  });

  it('CH-11: it refuses to run as a role that bypasses row-level security', async () => {
    await shop.sql(`alter role ${shop.app} bypassrls`);
    const error = await failure(prove());
    expect(error).toMatchObject({ code: 'connector.refused', facts: { role_bypasses: true } });
  });

  it('CH-77: without rows of another tenant it says that nothing was proven', async () => {
    const empty = '33333333-3333-4333-8333-333333333333';
    const proof = await prove({ other_tenant: empty });
    expect(proof.other_tenant_rows).toBe(0);
    expect(proof.findings.map((finding) => finding.rule)).toEqual(['no_other_rows']);
  });

  it('CH-77: a tenant without rows of its own proves nothing either', async () => {
    const proof = await prove({ tenant: '33333333-3333-4333-8333-333333333333' });
    expect(proof.findings.map((finding) => finding.rule)).toEqual(['no_own_rows']);
  });

  it('without a control connection it counts the named tenant through its own context', async () => {
    expect(await prove({ control: undefined, other_tenant: BETA })).toMatchObject({
      other_tenant_rows: 3,
      findings: [],
    });
  });
});
