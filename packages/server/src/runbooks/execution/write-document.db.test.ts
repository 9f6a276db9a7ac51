import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PersonActor } from '../../access/index.ts';
import { readPdf } from '../../connectors/document/testing/read-pdf.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { Worker } from '../../engine/index.ts';
import { clientPerson, makeTenant } from '../../tenants/testing/registry.ts';
import { listDocuments, type RunRecord, readArtifact } from '../runs/index.ts';
import { ADA, openWorld, type World } from '../testing/world.ts';

const PASSWORD = 'seventeen kestrels';
const runbook = (id: string, steps: string): string => `
runbook: ${id}
version: "1.0"
title: Documents
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug, company, password]
  properties:
    slug: { type: string }
    company: { type: string }
    password: { type: string, x-secret: true }
roles: { engineer: { title: Engineer } }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: write
    owner: engineer
    steps:
${steps}
`;
const PACKAGE = `
      - { id: guide, document: guide.md, format: pdf, name: "\${{ intake.slug }}-guide.pdf", artifact: guide }
      - id: terms
        document: terms.md
        format: pdf
        with: { document: { password: "\${{ intake.password }}", language: pt-PT, color: "#112233" } }
      - { id: index, document: index.md, artifact: index }
`;
const FILES = {
  'guide.md': `---
title: Guide of \${{ intake.company }}
audience: customer
owner: Customer Success
location: Portal
status: ready
---
# Guide of \${{ intake.company }}
`,
  'plan.md': '---\ntitle: Plan for the price\naudience: internal\nstatus: partial\n---\nTen percent less.',
  'terms.md': '# Terms of ${{ intake.company }}',
  'index.md':
    '| ${{ steps.guide.output.title }} | ${{ steps.guide.output.status }} | ${{ steps.guide.output.sha256 }} |',
};

const test = await cloneDatabase();
let world: World;
let worker: Worker;

beforeAll(async () => {
  world = await openWorld(test);
  worker = await world.work();
});
afterAll(() => worker.stop());

interface ArtifactRow {
  readonly id: string;
  readonly step_id: string;
  readonly name: string;
  readonly media_type: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly about: Readonly<Record<string, unknown>>;
}

const finish = async (name: string, source: string, company = 'Acme <b>'): Promise<RunRecord> => {
  await world.publish(source, FILES);
  const intake = { slug: name, company, password: PASSWORD };
  const run = await world.start(JSON.stringify({ runbook: name, product: 'cutlist', intake }));
  return world.until(run.id, 'completed', 'halted', 'waiting');
};

const artifactsOf = async (run: RunRecord): Promise<Readonly<Record<string, ArtifactRow>>> => {
  const rows = await test.asSuperuser<ArtifactRow>(
    `select id, step_id, name, media_type, bytes, sha256, about from tenantry.run_artifacts where run_id = '${run.id}'`,
  );
  return Object.fromEntries(rows.map((row) => [row.step_id, row]));
};

const textOf = async (artifact: ArtifactRow | undefined, password?: string): Promise<string> =>
  (await readPdf(artifact?.bytes ?? Buffer.alloc(0), password)).text;

describe('a step that writes a PDF', () => {
  it('keeps it as an artifact bound by its hash, with what its template says of it', async () => {
    const run = await finish('package', runbook('package', PACKAGE));
    expect(run.state.status).toBe('completed');
    const { guide, index } = await artifactsOf(run);
    expect(guide).toMatchObject({ name: 'package-guide.pdf', media_type: 'application/pdf' });
    const hash = createHash('sha256')
      .update(guide?.bytes ?? '')
      .digest('hex');
    expect(guide?.sha256).toBe(hash);
    expect(run.state.artifacts.guide?.hash).toBe(hash);
    expect(guide?.about).toEqual({
      title: 'Guide of Acme <b>',
      audience: 'customer',
      owner: 'Customer Success',
      location: 'Portal',
      status: 'ready',
    });
    expect(await textOf(guide)).toContain('Guide of Acme <b>');
    expect(index?.bytes.toString('utf8')).toContain(`| Guide of Acme \\<b\\> | ready | ${hash} |`);
  });

  it('SECV-08: protects it with a secret of the run that stands in no row', async () => {
    const run = await finish('protected', runbook('protected', PACKAGE));
    const { terms } = await artifactsOf(run);
    expect(await textOf(terms, PASSWORD)).toContain('Terms of Acme <b>');
    await expect(textOf(terms, 'wrong')).rejects.toMatchObject({
      name: 'PasswordException',
    });
    const rows = await test.asSuperuser<{ text: string }>(
      `select row_to_json(a)::text as text from tenantry.run_attempts a where run_id = '${run.id}'
       union all select row_to_json(e)::text from tenantry.run_evidence e where run_id = '${run.id}'
       union all select row_to_json(s)::text from tenantry.run_steps s where run_id = '${run.id}'`,
    );
    expect(rows.filter(({ text }) => text.includes(PASSWORD))).toEqual([]);
  });

  it('fails, and says why, when no font shows what the client is called', async () => {
    const run = await finish('unshown', runbook('unshown', PACKAGE), '株式会社');
    expect(run.state.status).toBe('halted');
    expect(run.state.steps.guide?.failure).toMatchObject({
      code: 'runbook.invalid',
      message: expect.stringContaining('U+682A'),
      retryable: false,
    });
  });

  it('refuses a password in plain text, which would stand in the runbook', async () => {
    const plain = '      - { id: a, document: guide.md, format: pdf, with: { document: { password: plain } } }';
    const run = await finish('plain', runbook('plain', plain));
    expect(run.state.steps.a?.failure).toMatchObject({
      code: 'runbook.invalid',
      message: expect.stringContaining('with.document.password'),
    });
  });

  it('DOC-06: is listed for its tenant with status, notes and hash, and what is not written yet is not ready', async () => {
    const steps = `${PACKAGE}
      - { id: secret_plan, document: plan.md, format: pdf }
      - { id: look, task: Look at it }
      - { id: later, title: What comes later, document: guide.md }
`;
    const run = await finish('listed', runbook('listed', steps));
    const client = '30000000-0000-4000-8000-000000000003';
    const { tenant } = await makeTenant(test.database);
    await test.asSuperuser(
      `update tenantry.runs set tenant_id = '${tenant.id}', client_id = '${client}' where id = '${run.id}';
       update tenantry.run_artifacts set tenant_id = '${tenant.id}' where run_id = '${run.id}';
       update tenantry.tenants set client_id = null where id = '${tenant.id}'`,
    );
    const { items, ready, complete } = await world.as(ADA, (ctx) => listDocuments(ctx, tenant.id));
    expect(items.map(({ title, status, audience }) => [title, status, audience])).toEqual([
      ['Guide of Acme <b>', 'ready', 'customer'],
      ['Terms', 'ready', null],
      ['Index', 'ready', null],
      ['Plan for the price', 'partial', 'internal'],
      ['What comes later', 'not_ready', null],
    ]);
    expect({ ready, complete }).toEqual({ ready: 3, complete: false });
    expect(items[0]?.file?.sha256).toBe((await artifactsOf(run)).guide?.sha256);
    await expect(world.as({ ...ADA, scopes: [] }, (ctx) => listDocuments(ctx, tenant.id))).rejects.toThrow(
      'tenants:read',
    );
  });

  it('that is internal is not there for people of the client', async () => {
    const run = await finish('hidden', runbook('hidden', '      - { id: plan, document: plan.md, format: pdf }'));
    const client = '30000000-0000-4000-8000-000000000004';
    await test.asSuperuser(`update tenantry.runs set client_id = '${client}' where id = '${run.id}'`);
    const { plan } = await artifactsOf(run);
    const read = (actor: PersonActor) => world.as(actor, (ctx) => readArtifact(ctx, run.id, plan?.id ?? ''));
    expect((await read(ADA)).sha256).toBe(plan?.sha256);
    await expect(read({ ...clientPerson(client), scopes: ['runs:read'] })).rejects.toMatchObject({
      code: 'run.not_found',
      message: 'The run has no such artifact.',
    });
  });
});
