/** The documents of the enterprise runbook, each written from the sample client (DOC-01 to DOC-10). */
import { readdirSync, readFileSync } from 'node:fs';
import { fillDocument } from '@tenantry/runbook';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Document, renderDocument } from '../connectors/document/index.ts';
import { type ReadPdf, readPdf } from '../connectors/document/testing/read-pdf.ts';
import { asText } from '../connectors/kit/index.ts';
import { cutlistProfile } from '../tenants/testing/registry.ts';

const ROOT = new URL('../../../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const CUSTOMER = ['user-guide', 'admin-guide', 'sso-setup-guide', 'api-documentation', 'integration-guide'];
const INTERNAL = ['customer-configuration', 'incident-history', 'contract-details', 'technical-notes'];

const profile = cutlistProfile();
const { intake } = parse(text('examples/clients/northwind-joinery.yaml'));
intake.discovery.content.security.ip_restrictions = ['198.51.100.0/24'];
const tenant = { id: '3f6f1f0f-5a01-4a5e-9a7e-7d0a4bb46a44', slug: 'northwind-joinery', name: 'Northwind Joinery' };
const inForce = {
  plan: 'enterprise',
  status: 'onboarding',
  isolation: 'pool-shared',
  support_tier: 'premium',
  settings_version: 3,
  limits: { ...intake.settings.limits, projects: 'unlimited' },
  features: intake.settings.features,
  sla_percent: 99.9,
};
const sso = {
  available: true,
  acs_url: 'https://tenantry.example/saml/3f6f/acs',
  entity_id: 'https://tenantry.example/saml/3f6f',
  metadata_url: 'https://tenantry.example/saml/3f6f/metadata',
  redirect_uri: 'https://tenantry.example/oidc/3f6f/callback',
};

interface Facts {
  readonly intake?: unknown;
  readonly in_force?: unknown;
  readonly sso?: unknown;
  readonly documents?: readonly unknown[];
}

const write = (template: string, facts: Facts = {}, format: 'pdf' | 'md' = 'pdf'): Promise<Document> => {
  const scope = {
    product: { ...profile.settings, ...profile },
    tenant,
    run: { id: 'a3b1d7d4-0000-4000-8000-000000000001', started_at: new Date('2026-11-20T08:00:00Z') },
    env: { app_url: 'https://127.0.0.1:8443' },
    go_live: new Date('2031-03-03T09:00:00Z'),
    now: new Date('2026-11-20T09:00:00Z'),
    intake,
    in_force: inForce,
    sso,
    ...facts,
  };
  return renderDocument({
    template: text(`runbooks/cutlist/templates/${template}.md`),
    format,
    name: template.split('/').at(-1) ?? template,
    render: (part, escaped = asText) => fillDocument(part, scope, escaped),
    brand: { name: profile.name, color: profile.brand?.color ?? '#000000' },
    at: scope.now,
    signal: new AbortController().signal,
  });
};

const written = new Map<string, { readonly document: Document; readonly read: ReadPdf }>();
const doc = (name: string): { readonly document: Document; readonly read: ReadPdf } =>
  written.get(name) ?? expect.fail(`${name} was not written`);
const flat = (name: string): string => doc(name).read.text.replaceAll(/\s+/g, ' ');

beforeAll(async () => {
  for (const [folder, names] of [
    ['customer', CUSTOMER],
    ['internal', INTERNAL],
  ] as const) {
    for (const name of names) {
      const document = await write(`${folder}/${name}`);
      written.set(name, { document, read: await readPdf(document.bytes) });
    }
  }
});

describe('the document package', () => {
  it('is these nine templates, each for its audience, with owner, location, status and notes', () => {
    for (const folder of ['customer', 'internal'] as const) {
      const files = readdirSync(new URL(`runbooks/cutlist/templates/${folder}/`, ROOT)).sort();
      expect(files).toEqual((folder === 'customer' ? CUSTOMER : INTERNAL).map((name) => `${name}.md`).sort());
      for (const file of files) {
        expect(doc(file.replace('.md', '')).document.about).toMatchObject({
          audience: folder,
          title: expect.stringContaining(tenant.name),
          owner: expect.any(String),
          location: expect.any(String),
          status: 'ready',
          notes: expect.any(String),
        });
      }
    }
  });

  it.each([...CUSTOMER, ...INTERNAL])('leaves nothing open in the %s', (name) => {
    const { read } = doc(name);
    expect(read.text).not.toMatch(/\$\{\{|\}\}|\{%|%\}|undefined|\[object|\bNaN\b/);
    expect(read.text.length).toBeGreaterThan(500);
    expect(read.language).toBe('en');
    expect(read.text).toContain(profile.name);
    expect(read.text).toContain(tenant.name);
  });

  it('DOC-01: the user guide is written for the tenant, in the colour of the product', () => {
    expect(flat('user-guide')).toContain(`short name of your workshop: ${tenant.slug}`);
    expect(doc('user-guide').read.links).toContain('https://127.0.0.1:8443/');
    expect(doc('user-guide').read.links).toContain(`mailto:${profile.support.email}`);
  });

  it('DOC-02: the administrator guide has users, roles, SSO, SCIM, export and plan', () => {
    for (const heading of ['Users', 'Roles', 'Single sign-on (SSO)', 'Directory synchronisation (SCIM)'])
      expect(flat('admin-guide')).toContain(heading);
    for (const fact of [
      'Export of your data',
      'Plan and limits',
      '50000',
      '50 GB',
      '99.9 %',
      '1 hour around the clock',
    ])
      expect(flat('admin-guide')).toContain(fact);
    expect(flat('admin-guide')).toContain('198.51.100.0/24');
    expect(flat('admin-guide')).toContain('P0 CTO, cto@cutlistcreator.example 30 minutes');
  });

  it('the SSO guide has the addresses it is handed, and says that they follow while there are none', async () => {
    const guide = flat('sso-setup-guide').replaceAll(' ', '');
    for (const address of [sso.acs_url, sso.entity_id, sso.metadata_url, sso.redirect_uri])
      expect(guide).toContain(address);
    const early = await write('customer/sso-setup-guide', { sso: { available: false } });
    expect(early.about.status).toBe('partial');
    const none = await write('customer/sso-setup-guide', {
      sso: { available: false },
      in_force: { ...inForce, features: { ...inForce.features, sso: false } },
    });
    expect((await readPdf(none.bytes)).text).toContain('not part of your plan');
  });

  it('DOC-04: the API documentation names every address of the application, and no other', async () => {
    const markdown = (await write('customer/api-documentation', {}, 'md')).bytes.toString('utf8');
    const named = [...markdown.matchAll(/^\| (GET|POST|PUT|PATCH|DELETE) \| `(\/api\/[^`]+)`/gm)];
    const folder = new URL('examples/apps/cutlist/src/', ROOT);
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      // What the control plane alone asks is nothing a customer is told of.
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('self-check'),
    );
    const served = sources.flatMap((path) => [
      ...readFileSync(new URL(path, folder), 'utf8').matchAll(/app\.(get|post|put|patch|delete)\(\s*'(\/api\/[^']+)'/g),
    ]);
    const line = ([, method = '', path = '']: RegExpMatchArray): string => `${method.toUpperCase()} ${path}`;
    expect(served.length).toBeGreaterThan(15);
    expect(named.map(line).sort()).toEqual(served.map(line).sort());
  });

  it('DOC-05: the integration guide has a section for each integration of the tenant', async () => {
    expect(flat('integration-guide')).toContain('ERP export by CSV');
    const handoff = structuredClone(intake.handoff);
    handoff.content.technical.custom_integrations = [
      { name: 'CAD **plug-in**', url: 'https://cad.northwind-joinery.example/in' },
      { name: 'Scales', url: 'https://scales.northwind-joinery.example/in' },
    ];
    const { bytes, about } = await write('customer/integration-guide', { intake: { ...intake, handoff } });
    const { text: shown } = await readPdf(bytes);
    for (const heading of ['ERP export by CSV', 'CAD **plug-in** (made for you)', 'Scales (made for you)'])
      expect(shown).toContain(heading);
    expect(about.notes).toBe('3 integrations');
  });

  it('DOC-07: the customer configuration is kept by Engineering in the internal wiki', () => {
    expect(doc('customer-configuration').document.about).toMatchObject({
      owner: 'Engineering',
      location: 'Internal wiki',
    });
    for (const fact of [
      'users 1000',
      'projects unlimited',
      'scim no',
      'SAML with Entra ID',
      'nora@northwind-joinery.example',
    ])
      expect(flat('customer-configuration')).toContain(fact);
  });

  it('DOC-08: the incident history leads Support to the tickets of the tenant', () => {
    expect(doc('incident-history').document.about).toMatchObject({ owner: 'Support', location: 'Ticket system' });
    expect(doc('incident-history').read.links).toContain(
      `https://tickets.cutlistcreator.example/search?tenant=${tenant.id}`,
    );
  });

  it('DOC-09: the contract details lead Legal to the CRM and name the signed documents by hash', () => {
    expect(doc('contract-details').document.about).toMatchObject({ owner: 'Legal', location: 'CRM' });
    expect(doc('contract-details').read.links).toContain(`https://crm.cutlistcreator.example/accounts/${tenant.slug}`);
    expect(flat('contract-details').replaceAll(' ', '')).toContain(intake.contract.content.document_sha256);
  });

  it('DOC-10: the technical notes say what is particular about the customer', () => {
    expect(doc('technical-notes').document.about).toMatchObject({ owner: 'Engineering', location: 'Internal wiki' });
    expect(flat('technical-notes')).toContain('Two sites share one account; saws differ in kerf.');
    expect(flat('technical-notes')).toContain('Offcut waste is down by 5 % after a quarter');
  });

  it('DOC-06: its index lists every document with status, notes and hash, and is only ready when all are', async () => {
    const documents = [...written.values()].map(({ document: { about, name, sha256, bytes } }) => ({
      ...about,
      name,
      sha256,
      size: bytes.byteLength,
    }));
    const index = await write('package-index', { documents });
    expect(index.about).toMatchObject({ status: 'ready', notes: '9 of 9 documents are ready' });
    const shown = (await readPdf(index.bytes)).text.replaceAll(/\s+/g, '');
    for (const { sha256, name } of documents) {
      expect(shown).toContain(sha256);
      expect(shown).toContain(name);
    }
    const unready = documents.map((document, place) => (place === 2 ? { ...document, status: 'partial' } : document));
    expect((await write('package-index', { documents: unready })).about).toMatchObject({
      status: 'partial',
      notes: '8 of 9 documents are ready',
    });
  });

  it('what a client calls itself stays text in every document', async () => {
    const hostile = '# <b>Acme</b> [x](https://evil.example) | ![y](z)';
    const handoff = structuredClone(intake.handoff);
    handoff.content.special_considerations = hostile;
    handoff.content.customer.company_name = hostile;
    const facts = { intake: { ...intake, company: hostile, handoff } };
    for (const name of INTERNAL) {
      const { links } = await readPdf((await write(`internal/${name}`, facts)).bytes);
      expect(links.filter((link) => link.includes('evil'))).toEqual([]);
    }
    expect((await readPdf((await write('internal/technical-notes', facts)).bytes)).text).toContain(hostile);
  });
});
