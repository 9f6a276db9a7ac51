import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateGate, type Json, parseRunbook, stepsOf } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'runbooks/cutlist');
const read = (name: string): string | undefined => {
  const path = join(FOLDER, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
};
type Facts = Readonly<Record<string, Json>>;
const { runbook } = parseRunbook(read('enterprise-onboarding.yaml') ?? '', {
  file: 'enterprise-onboarding.yaml',
  read,
});
const steps = new Map((runbook === undefined ? [] : stepsOf(runbook)).map((step) => [step.id, step.body]));
const { intake } = parse(readFileSync(join(ROOT, 'examples/clients/northwind-joinery.yaml'), 'utf8')) as {
  readonly intake: {
    readonly settings: { readonly limits: Readonly<Record<string, number>> };
    readonly handoff: { readonly content: { readonly technical: { custom_integrations: readonly Facts[] } } };
  };
};
const { limits } = intake.settings;
intake.handoff.content.technical.custom_integrations = [
  { name: 'Orders', url: 'https://orders.northwind-joinery.example/in' },
  { name: 'Saw 2', url: 'https://saw.northwind-joinery.example/in' },
];

interface Item {
  /** The line of the technical validation. */
  readonly proves: string;
  readonly step: string;
  /** What the probe finds where all is well. */
  readonly good: Facts;
  /** Each of these, found instead, has to fail the step: name -> what differs. */
  readonly mutations: Readonly<Record<string, Facts>>;
}

const healthy = { status: 200, json: { status: 'healthy' } };
const features = {
  create_project: true,
  edit_project: true,
  cut_list: true,
  export: true,
  settings: true,
  people: true,
  delete_project: true,
};
const held = { api_calls_per_15min: limits.api_calls_per_15min ?? 0, api_limit_holds: true, plan_limit_holds: true };
const settings = {
  plan: 'enterprise',
  status: 'onboarding',
  limits: { ...limits },
  features: { sso: true, scim: false, api_access: true },
  unset_limits: [],
};
const acts = ['tenant.created', 'tenant.limits_changed', 'tenant.features_changed', 'user.created'];
/** Each of these facts turned round, one at a time. */
const turned = (facts: Facts): Readonly<Record<string, Facts>> =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, { [name]: value !== true }]));
const flags = (names: readonly string[], value = true): Facts => Object.fromEntries(names.map((name) => [name, value]));

const RESET = flags([
  ...['passwords_enabled', 'link_works', 'new_password_accepted', 'old_password_refused', 'session_ended'],
  'link_refused_again',
]);
const TIMEOUT = flags(['as_agreed', 'live_session_accepted', 'idle_session_refused', 'old_session_refused']);
const ACCESS = flags(['admins_have_full_access', 'others_are_confined']);

const ITEMS: readonly Item[] = [
  {
    proves: 'VAL-07: admin login works',
    step: 'admin_can_log_in',
    good: { accepted: true, must_change_password: true },
    mutations: turned({ accepted: true, must_change_password: true }),
  },
  { proves: 'VAL-09: password reset works', step: 'password_reset', good: RESET, mutations: turned(RESET) },
  { proves: 'VAL-10: session timeout correct', step: 'session_timeout', good: TIMEOUT, mutations: turned(TIMEOUT) },
  { proves: 'VAL-11, VAL-12: access of each role', step: 'access', good: ACCESS, mutations: turned(ACCESS) },
  {
    proves: 'VAL-13: isolation by policy',
    step: 'row_security',
    good: { tables: ['a'], unprotected: [], not_forced: [], role_bypasses: false },
    mutations: {
      'no table at all': { tables: [] },
      'a table without a policy': { unprotected: ['a'] },
      'a policy its owner passes by': { not_forced: ['a'] },
      'a role that passes by all of them': { role_bypasses: true },
    },
  },
  {
    proves: 'VAL-13: isolation by trial',
    step: 'isolation',
    good: { leaks: 0, own_rows: 3, other_tenant_rows: 2, role_bypasses: false },
    mutations: {
      'one leak': { leaks: 1 },
      'nothing of its own to see': { own_rows: 0 },
      'nobody to be confused with': { other_tenant_rows: 0 },
      'a role that passes by': { role_bypasses: true },
    },
  },
  {
    proves: 'VAL-14: core features accessible',
    step: 'core_features',
    good: { status: 200, json: { features } },
    mutations: {
      'not asked': { status: 401 },
      ...Object.fromEntries(
        Object.keys(features).map((name) => [name, { json: { features: { ...features, [name]: false } } }]),
      ),
    },
  },
  {
    proves: 'VAL-15, VAL-23: features and settings of the contract',
    step: 'settings_correct',
    good: settings,
    mutations: {
      plan: { plan: 'starter' },
      status: { status: 'active' },
      ...Object.fromEntries(
        Object.keys(limits).map((name) => [name, { limits: { ...limits, [name]: (limits[name] ?? 0) + 1 } }]),
      ),
      sso: { features: { ...settings.features, sso: false } },
      scim: { features: { ...settings.features, scim: true } },
      api_access: { features: { ...settings.features, api_access: false } },
      'a limit nobody set': { unset_limits: ['storage_bytes'] },
    },
  },
  {
    proves: 'VAL-16: integrations working',
    step: 'integrations',
    good: { status: 200, json: { integrations: { Orders: true, 'Saw 2': true } } },
    mutations: {
      'not asked': { status: 401 },
      'one that does not take it': { json: { integrations: { Orders: true, 'Saw 2': false } } },
      'one the application does not know': { json: { integrations: { Orders: true } } },
      'none at all': { json: { integrations: {} } },
    },
  },
  {
    proves: 'VAL-17, VAL-18: response times, and no errors',
    step: 'performance',
    good: { p95_ms: 499.9, errors: 0, server_errors: 0 },
    mutations: { slow: { p95_ms: 500 }, 'no answer': { errors: 1 }, 'an error of ours': { server_errors: 1 } },
  },
  {
    proves: 'VAL-18: it answers at all',
    step: 'app_healthy',
    good: healthy,
    mutations: { 'another status': { status: 503 }, 'not healthy': { json: { status: 'unhealthy' } } },
  },
  {
    proves: 'VAL-19: rate limits appropriate',
    step: 'contract_limits',
    good: { status: 200, json: { limits: held } },
    mutations: {
      'not asked': { status: 401 },
      'another limit than the contract': { json: { limits: { ...held, api_calls_per_15min: 2_000 } } },
      'a limit that does not hold': { json: { limits: { ...held, api_limit_holds: false } } },
      'a plan that does not hold': { json: { limits: { ...held, plan_limit_holds: false } } },
    },
  },
  {
    proves: 'VAL-20: HTTPS enforced',
    step: 'https',
    good: { enforced: true, hsts: true },
    mutations: turned({ enforced: true, hsts: true }),
  },
  {
    proves: 'VAL-21: security headers present',
    step: 'security_headers',
    good: { missing: [] },
    mutations: { 'one is missing': { missing: ['content-security-policy'] } },
  },
  {
    proves: 'VAL-22: audit logging active',
    step: 'audit_logging',
    good: { actions: [...acts, 'user.invited'] },
    mutations: Object.fromEntries(acts.map((act) => [act, { actions: acts.filter((one) => one !== act) }])),
  },
];

function passes(id: string, output: Facts): boolean {
  const body = steps.get(id);
  if (body?.kind !== 'check') return expect.fail(`${id} is no check`);
  try {
    return evaluateGate(body.expect, { intake: intake as unknown as Json, output: { ...output } });
  } catch {
    return false;
  }
}

/** What the probes find is tested beside them; here it is held that the runbook looks at all of it. */
describe('the technical validation', () => {
  it.each(ITEMS)('$proves ($step) passes where all is well, and nothing else does', ({ step, good, mutations }) => {
    expect(passes(step, good)).toBe(true);
    const survivors = Object.entries(mutations).filter(([, change]) => passes(step, { ...good, ...change }));
    expect(survivors.map(([name]) => name)).toEqual([]);
    expect(passes(step, {}), 'nothing found').toBe(false);
  });

  it('VAL-07, VAL-09 to VAL-23: has a mutation for each of its lines but single sign-on, which waits', () => {
    const proven = new Set(ITEMS.flatMap(({ proves }) => proves.match(/VAL-\d\d/g) ?? []));
    const all = Array.from({ length: 17 }, (_, at) => `VAL-${String(at + 7).padStart(2, '0')}`);
    expect(all.filter((id) => !proven.has(id))).toEqual(['VAL-08']);
  });

  it('has no check whose expectation is not mutated here', () => {
    const phase = runbook?.phases.find(({ id }) => id === 'validation');
    const checks = phase?.steps.filter(({ body }) => body.kind === 'check').map(({ id }) => id) ?? [];
    const mutated = new Set([...ITEMS.map(({ step }) => step), 'tenant_in_app']);
    expect(checks.filter((id) => !mutated.has(id))).toEqual([]);
  });
});
