import { describe, expect, it } from 'vitest';
import { type Facts, findFaults, type PolicyFacts, settingsIn, type TableFacts } from './rules.ts';

// As pg_get_expr prints it.
const GOOD = `(tenant_id = ( SELECT (NULLIF(current_setting('app.current_tenant_id'::text, true), ''::text))::uuid AS "nullif"))`;

const policy: PolicyFacts = {
  name: 'tenant',
  verb: 'all',
  permissive: true,
  applies: true,
  using: GOOD,
  check: GOOD,
  volatileFunctions: [],
};
const table: TableFacts = {
  name: 'projects',
  enabled: true,
  forced: true,
  owned: false,
  tenantIndex: true,
  truncate: false,
  policies: [policy],
};
const role = { name: 'app', superuser: false, bypass: false };
const rulesOf = (facts: Partial<Facts>): string[] =>
  findFaults({ role, tables: [table], detours: [], ...facts }).map((finding) => `${finding.severity} ${finding.rule}`);
const withTable = (more: Partial<TableFacts>): string[] => rulesOf({ tables: [{ ...table, ...more }] });
const withPolicy = (more: Partial<PolicyFacts>): string[] => withTable({ policies: [{ ...policy, ...more }] });

describe('rules of row-level security', () => {
  it('CH-12: a table with the policy as it should be has no fault', () => {
    expect(rulesOf({})).toEqual([]);
  });

  it.each([
    ['a superuser', () => rulesOf({ role: { ...role, superuser: true } }), ['critical role_bypasses']],
    ['BYPASSRLS', () => rulesOf({ role: { ...role, bypass: true } }), ['critical role_bypasses']],
    [
      'a way to become a superuser',
      () => rulesOf({ role: { ...role, becomes: ['postgres'] } }),
      ['critical role_bypasses'],
    ],
    [
      'a function outside a (select …)',
      () => withPolicy({ using: '(tenant_id = app.my_tenant())', check: GOOD, stableFunctions: ['my_tenant'] }),
      ['warning unwrapped_function'],
    ],
    [
      'no function inside one, and none of a longer name',
      () =>
        withPolicy({
          using: '(tenant_id = ( SELECT app.my_tenant() AS my_tenant))',
          check: '(tenant_id = ( SELECT not_my_tenant()))',
          stableFunctions: ['my_tenant'],
        }),
      [],
    ],
    ['no row-level security', () => withTable({ enabled: false }), ['critical unprotected']],
    ['an owner without FORCE', () => withTable({ owned: true, forced: false }), ['critical owner']],
    ['an owner with FORCE', () => withTable({ owned: true }), ['warning owner']],
    ['no FORCE', () => withTable({ forced: false }), ['warning not_forced']],
    ['no index', () => withTable({ tenantIndex: false }), ['warning tenant_index']],
    ['TRUNCATE', () => withTable({ truncate: true }), ['critical truncate']],
    ['no policy for the role', () => withPolicy({ applies: false }), ['warning verb_missing']],
    ['an open policy', () => withPolicy({ using: 'true' }), ['critical open_policy']],
    ['an open check', () => withPolicy({ check: '(true)' }), ['critical open_policy']],
    ['no WITH CHECK', () => withPolicy({ check: undefined }), ['warning with_check']],
    ['a volatile function', () => withPolicy({ volatileFunctions: ['current_tenant'] }), ['warning volatile_function']],
    [
      'a view that bypasses',
      () => rulesOf({ detours: [{ kind: 'view', name: 'v', owner: 'postgres' }] }),
      ['critical detour'],
    ],
    [
      'a function that bypasses',
      () => rulesOf({ detours: [{ kind: 'function', name: 'f()', owner: 'postgres' }] }),
      ['warning detour'],
    ],
  ])('CH-11, CH-12: %s is found', (_what, rules, expected) => {
    expect(rules()).toEqual(expected);
  });

  it('a restrictive policy that is always true opens nothing, and permits no verb either', () => {
    expect(withPolicy({ permissive: false, using: 'true', check: 'true' })).toEqual(['warning verb_missing']);
  });

  it('one policy for each verb is as good as one for all', () => {
    const policies = [
      { ...policy, verb: 'select' as const, check: undefined },
      { ...policy, verb: 'insert' as const, using: undefined },
      { ...policy, verb: 'update' as const },
      { ...policy, verb: 'delete' as const, check: undefined },
    ];
    expect(withTable({ policies })).toEqual([]);
  });
});

describe('current_setting in an expression', () => {
  it.each([
    [GOOD, { wrapped: true, missingOk: true, nullif: true, cast: true }],
    [
      `(tenant_id = (NULLIF(current_setting('app.current_tenant_id'::text, true), ''::text))::uuid)`,
      { wrapped: false, missingOk: true, nullif: true, cast: true },
    ],
    [
      `(tenant_id = (current_setting('app.current_tenant_id'::text))::uuid)`,
      { wrapped: false, missingOk: false, nullif: false, cast: true },
    ],
    [
      `((tenant_id)::text = current_setting('app.current_tenant_id'::text, true))`,
      { wrapped: false, missingOk: true, nullif: false, cast: false },
    ],
    [
      `((name = '( SELECT '::text) AND (tenant_id = (current_setting('a.b'::text, true))::uuid))`,
      { wrapped: false, missingOk: true, nullif: false, cast: true },
    ],
  ])('%s', (expression, setting) => {
    expect(settingsIn(expression)).toEqual([setting]);
  });
});
