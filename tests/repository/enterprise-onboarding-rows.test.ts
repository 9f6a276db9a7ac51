/** What the enterprise onboarding says of intake, owners and products, held by reading what is shipped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkIntake, type JsonObject, type Owners, parseRunbook, type Runbook, stepsOf } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'runbooks/cutlist');
const text = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const read = (name: string): string | undefined => (existsSync(join(FOLDER, name)) ? text(name) : undefined);

function load(name: string): Runbook {
  const { runbook, faults } = parseRunbook(text(name), { file: name, read });
  if (runbook === undefined) throw new Error(JSON.stringify(faults));
  return runbook;
}

const onboarding = load('enterprise-onboarding.yaml');
const client = parse(readFileSync(join(ROOT, 'examples/clients/northwind-joinery.yaml'), 'utf8')) as {
  readonly intake: JsonObject;
};

/** The faults of the sample intake after one change. */
function faultsAfter(change: (content: Record<string, Record<string, unknown>>) => void, record: string): string[] {
  const intake = structuredClone(client.intake) as Record<string, { content: Record<string, Record<string, unknown>> }>;
  change(intake[record]?.content ?? {});
  return checkIntake(intake as unknown as JsonObject, onboarding.intake).faults.map(({ path }) => path);
}

describe('the intake', () => {
  it('takes the sample as it is', () => {
    expect(faultsAfter(() => {}, 'discovery')).toEqual([]);
  });

  it('INT-05: another residency has to be named, and its name belongs to no other', () => {
    const elsewhere = (more: object) =>
      faultsAfter((content) => Object.assign(content.compliance ?? {}, more), 'handoff');
    expect(elsewhere({ data_residency: 'Other' })).not.toEqual([]);
    expect(elsewhere({ data_residency: 'Other', data_residency_other: 'Switzerland' })).toEqual([]);
    expect(elsewhere({ data_residency: 'Moon' })).not.toEqual([]);
  });

  it.each([
    ['INT-08', 'user_volume', 'expected_users'],
    ['INT-08', 'user_volume', 'growth'],
    ['INT-09', 'data_volume', 'storage'],
    ['INT-10', 'integration_points', 'systems'],
    ['INT-11', 'security', 'mfa'],
    ['INT-12', 'network', 'firewall'],
  ])('%s: %s is not collected while %s is missing', (_, item, field) => {
    expect(faultsAfter((content) => void delete content[item]?.[field], 'discovery')).toEqual([
      `discovery.content.${item}.${field}`,
    ]);
  });

  it('INT-08, INT-09, INT-10, INT-12: an item of the discovery says what it found and that it is collected', () => {
    for (const item of ['user_volume', 'data_volume', 'integration_points', 'security', 'network']) {
      expect(faultsAfter((content) => void delete content[item]?.collected, 'discovery')).toEqual([
        `discovery.content.${item}.collected`,
      ]);
    }
  });

  it('INT-17: what success means is said, and comes back in the acceptance and the notes', () => {
    expect(faultsAfter((content) => Object.assign(content, { success_criteria: [] }), 'discovery')).toHaveLength(1);
    const asked = stepsOf(onboarding).find(({ id }) => id === 'uat_checklist')?.body;
    expect(JSON.stringify(asked)).toContain('intake.discovery.content.success_criteria');
    expect(text('templates/internal/technical-notes.md')).toContain('intake.discovery.content.success_criteria');
  });

  it('INT-11: addresses are ranges', () => {
    const limited = (...ranges: string[]) =>
      faultsAfter((content) => Object.assign(content.security ?? {}, { ip_restrictions: ranges }), 'discovery');
    expect(limited('192.0.2.0/24', '2001:db8::/32')).toEqual([]);
    expect(limited('the office')).toEqual(['discovery.content.security.ip_restrictions[0]']);
  });

  it('INT-04: the hand-off answers SCIM, API and webhooks, and names systems with their addresses', () => {
    for (const field of ['scim_required', 'api_access_required', 'webhooks_required']) {
      expect(faultsAfter((content) => void delete content.technical?.[field], 'handoff')).toHaveLength(1);
    }
    const systems = (system: object) =>
      faultsAfter((content) => Object.assign(content.technical ?? {}, { custom_integrations: [system] }), 'handoff');
    expect(systems({ name: 'Orders', url: 'https://orders.example/in' })).toEqual([]);
    expect(systems({ name: 'Orders', url: 'http://orders.example/in' })).toHaveLength(1);
  });
});

describe('owners', () => {
  const runbooks = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml') && !name.includes('.test.') && /^runbook: /m.test(text(name)))
    .map((name) => ({ name, runbook: load(name) }));

  it('ROLE-07: every owner of every shipped runbook is a role it declares', () => {
    for (const { name, runbook } of runbooks) {
      const declared = new Set(Object.keys(runbook.roles));
      const owners = [...runbook.phases.map(({ owner }) => owner), ...stepsOf(runbook).map(({ owner }) => owner)];
      const named = owners.flatMap((owner) => rolesIn(owner));
      expect(
        named.filter((role) => !declared.has(role)),
        name,
      ).toEqual([]);
      expect(named.length).toBeGreaterThan(0);
    }
  });

  it('CH-44 ROLE-13: Customer Success answers for the whole, and each phase has the owner the procedure names', () => {
    expect(onboarding.owner).toBe('customer_success');
    const owners = Object.fromEntries(onboarding.phases.map(({ id, owner }) => [id, rolesIn(owner).join()]));
    expect(owners).toMatchObject({
      presales: 'sales_engineering',
      contract: 'legal',
      setup: 'engineering',
      validation: 'engineering',
      go_live: 'engineering',
      hypercare: 'customer_success',
    });
    const phase = onboarding.phases.find(({ id }) => id === 'contract');
    expect(phase?.steps.map(({ id }) => id)).toEqual(['questionnaire', 'contract_form', 'dpa', 'contract_signed']);
  });

  it('ROLE-10: each operation is owned by Customer Success, and Engineering stands in where nobody acts', () => {
    for (const id of ['enterprise-onboarding', 'plan-change', 'suspension', 'offboarding', 'data-export']) {
      const { owner, escalation } = load(`${id}.yaml`);
      expect([id, owner, escalation[0]?.to]).toEqual([id, 'customer_success', 'engineering']);
    }
  });

  it('ROLE-14: what keeps tenants apart is owned by the Security Lead, who is told when it does not hold', () => {
    const owned = stepsOf(onboarding).filter(({ owner }) => rolesIn(owner).includes('security_lead'));
    expect(owned.map(({ id }) => id)).toEqual(['row_security', 'isolation', 'still_isolated']);
  });

  it('ROLE-15 CH-35: the response time in what the customer reads is that of their support tier', () => {
    const product = parse(text('product.yaml')) as { support_tiers: { key: string; response: string }[] };
    const tiers = product.support_tiers.map(({ key }) => key);
    const sla = JSON.stringify(onboarding.intake).match(/"sla_tier":\{[^}]*"enum":\[([^\]]*)\]/)?.[1];
    expect(sla).toBe(tiers.map((key) => `"${key}"`).join());
    expect(JSON.stringify(onboarding.vars)).toContain('? intake.handoff.content.commercial.sla_tier');
  });
});

const rolesIn = (owner: Owners | undefined): readonly string[] => owner?.roles ?? [];

describe('figures', () => {
  it('CH-25 VAL-17: response times are judged by the p95 of 50 requests, below 500 ms', () => {
    const body = stepsOf(onboarding).find(({ id }) => id === 'performance')?.body;
    expect(body).toMatchObject({ kind: 'check', with: { requests: 50 } });
    expect(JSON.stringify(body)).toContain('output.p95_ms < 500');
  });

  it('CH-26 CH-65: check-ins are all planned from go-live on, two of them in the second week', () => {
    const starts = stepsOf(onboarding)
      .filter(({ id }) => id.endsWith('_check_in'))
      .map(({ start }) => Number(/go_live \+ (\d+)d/.exec(JSON.stringify(start))?.[1]));
    expect(starts).toEqual([2, 3, 4, 7, 8, 11]);
    expect(starts.filter((day) => day > 7)).toHaveLength(2);
  });

  it('CH-68 RUN-39: no document or mail names a product that is not the one at hand', () => {
    const templates = readdirSync(join(FOLDER, 'templates'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.md'),
    );
    const naming = templates.filter((name) => /cut\s?list\s?creator|cutlist\.pro/i.test(text(join('templates', name))));
    expect(templates.length).toBeGreaterThan(15);
    expect(naming).toEqual([]);
  });
});
