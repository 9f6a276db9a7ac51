import { TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { emptyCatalog } from '../catalog.ts';
import { findPhase, findStep, type Runbook, type TaskBody } from '../definition.ts';
import { formatRunbook } from '../format/index.ts';
import { lintRunbook } from '../lint/index.ts';
import { markdownFiles } from '../testing/markdown-files.ts';
import { importMarkdown } from './import-markdown.ts';

const SHA256 = 'a'.repeat(64);
const run = (source: string) => importMarkdown(source, { name: 'draft', file: 'source.md', sha256: SHA256 });

function runbookOf(yaml: string): Runbook {
  const { runbook, faults } = lintRunbook(yaml, { file: 'draft.yaml', catalog: emptyCatalog, read: () => undefined });
  if (runbook === undefined) throw new Error(`no runbook: ${JSON.stringify(faults)}`);
  return runbook;
}

const draftOf = (name: string): Runbook => runbookOf(run(markdownFiles[name] ?? '').yaml);

function taskOf(runbook: Runbook, id: string): TaskBody {
  const body = findStep(runbook, id)?.body;
  if (body?.kind !== 'task') throw new Error(`${id} is no task`);
  return body;
}

const itemsOf = (runbook: Runbook, id: string): readonly string[] =>
  taskOf(runbook, id).checklist.map(({ item }) => item);

describe('each Markdown runbook of the fixtures', () => {
  it.each(Object.keys(markdownFiles))(
    '%s becomes a draft that lints, in its one form, with nothing unaccounted for',
    (name) => {
      const { yaml, report } = run(markdownFiles[name] ?? '');
      expect(report.unaccounted).toEqual([]);
      expect(report.faults).toEqual([]);
      expect(formatRunbook(yaml)).toBe(yaml);
      expect(report.entries.every(({ became, line }) => became.length > 0 && line > 0)).toBe(true);
    },
  );

  it('says at the top that it is a draft, of which file and of which content', () => {
    expect(run('# A\n\n- [ ] b').yaml).toMatch(new RegExp(`^# Draft imported from source.md \\(sha256 ${SHA256}\\)`));
  });

  it('names the source line beside everything imported', () => {
    const { yaml } = run('# A\n\n## B\n\n- [ ] first\n- [ ] second\n');
    expect(yaml).toContain('- second # from line 6');
    expect(yaml).toContain('title: B # from line 3');
  });
});

describe('phases', () => {
  it('take owner and duration from a table of phases, and rows without a phase become one', () => {
    const runbook = draftOf('hosting-onboarding');
    expect(findPhase(runbook, 'set_up_procedures')).toMatchObject({
      duration: '3d-5d',
      owner: { roles: ['platform'] },
    });
    expect(runbook.phases.map(({ id }) => id).slice(0, 3)).toEqual(['intake_checklist', 'offer', 'set_up_procedures']);
    expect(findPhase(draftOf('tenant-operations'), 'suspension_operations')?.owner?.roles).toEqual(['finance']);
  });

  it('are the numbered steps inside a part that only holds them', () => {
    const runbook = draftOf('connector-setup');
    expect(findPhase(runbook, 'make_the_secrets')).toMatchObject({ title: 'Make the secrets', duration: '10m' });
    expect(findPhase(runbook, 'connect')?.duration).toBe('15m-45m');
  });

  it('take owners, durations and exit gates from their own lines', () => {
    const runbook = draftOf('white-label-launch');
    expect(findPhase(runbook, 'branding')).toMatchObject({
      duration: '1d-2d',
      owner: { mode: 'any', roles: ['platform', 'client_admin'] },
      exit: [{ label: 'Client admin has confirmed the branding' }],
    });
    expect(runbook.roles.client_admin?.party).toBe('client');
    expect(itemsOf(runbook, 'intake')).toEqual([
      'Capture the request and the date',
      'Share the questionnaire',
      'Kick-off held, list of accesses',
    ]);
  });

  it('for rollback, troubleshooting and reading never run by themselves', () => {
    const off = (name: string) =>
      draftOf(name)
        .phases.filter((phase) => phase.if !== undefined)
        .map(({ id }) => id);
    expect(off('hosting-onboarding')).toEqual(['rollback', 'material']);
    expect(off('connector-setup')).toEqual(['troubleshooting']);
    expect(off('shop-setup')).toEqual(['appendix_script']);
  });
});

describe('steps', () => {
  it('hold checkboxes and numbered procedures as checklists', () => {
    const runbook = draftOf('hosting-onboarding');
    expect(itemsOf(runbook, 'configure_limits')).toEqual(['Set storage', 'Set rate limits']);
    expect(itemsOf(runbook, 'certificates_when_needed')).toEqual([
      'Order the certificate',
      'Install it:',
      'Check the expiry date',
    ]);
    expect(taskOf(runbook, 'watch').checklist).toMatchObject([
      { owner: { roles: ['platform'] } },
      { owner: { roles: ['client_success'] } },
    ]);
  });

  it('ask in a form for what the document leaves blank', () => {
    const runbook = draftOf('hosting-onboarding');
    expect(taskOf(runbook, 'the_client').form).toMatchObject({ launch_date: { type: 'string', format: 'date' } });
    expect(taskOf(runbook, 'the_offer').form).toMatchObject({
      plan: { enum: ['Small', 'Large'] },
      own_domain_required: { type: 'boolean' },
      registrar: { type: 'string' },
      users_count: { type: 'number' },
    });
    expect(taskOf(draftOf('connector-setup'), 'information_from_the_client').form.api_key).toMatchObject({
      'x-secret': true,
    });
  });

  it('show a command with what should come out, ask for a note and never run it', () => {
    const { yaml } = run(markdownFiles['connector-setup'] ?? '');
    const runbook = runbookOf(yaml);
    expect(taskOf(runbook, 'the_database_answers')).toMatchObject({
      shows: { command: 'psql -h db.example -c "SELECT 1;"', expected: '1 row' },
      evidence: 'note',
    });
    expect(taskOf(runbook, 'connect_verify').shows.expected).toContain('7');
    expect(taskOf(runbook, 'apply_the_policy').shows['client-policy.yaml']).toContain('NetworkPolicy');
    expect(yaml).toMatch(/command: kubectl .*# from line \d+; imported command: review before automating/);
    const kinds = runbook.phases.flatMap((phase) => phase.steps.map(({ body }) => body.kind));
    expect(kinds).not.toContain('uses');
  });

  it('offer options as a choice, the recommended one first in line for unattended runs', () => {
    const body = findStep(draftOf('connector-setup'), 'store_the_key')?.body;
    expect(body).toMatchObject({ kind: 'choose', recommended: 'option_b_in_the_cluster_recommended' });
  });

  it('have signatures as a sign-off bound to the work before it', () => {
    const step = findStep(draftOf('hosting-onboarding'), 'signatures');
    expect(step?.body).toMatchObject({
      kind: 'sign_off',
      by: ['client_administrator', 'platform'],
      of: ['steps.tests'],
    });
  });

  it('keep a letter as it stands, with boxes that are part of it', () => {
    expect(taskOf(draftOf('hosting-onboarding'), 'announcement').shows.template).toContain(
      '- [ ] this box belongs to the letter',
    );
  });

  it('are named by bold numbered lines too, and by headings that say what to do', () => {
    const ids = draftOf('shop-setup').phases.flatMap((phase) => phase.steps.map(({ id }) => id));
    expect(ids).toEqual(
      expect.arrayContaining(['add_the_service_to_compose_yml', 'start_it', 'credentials', 'walkthrough']),
    );
    expect(findStep(draftOf('shop-setup'), 'walkthrough')?.estimate).toBe('30m-60m');
  });
});

describe('what the document says of itself', () => {
  it('becomes version, owner, history, review and approvers', () => {
    const runbook = draftOf('connector-setup');
    expect(runbook).toMatchObject({ version: '1.3', owner: 'Integration Team' });
    expect(runbook.about).toMatchObject({
      status: 'imported draft (the document says: In use)',
      review: { next: '2026-12-30' },
    });
    expect(runbook.about.history.map(({ changes }) => changes)).toContain('Second option for the key');
    expect(draftOf('hosting-onboarding').about.approvers).toEqual(['platform_lead', 'director']);
    expect(draftOf('hosting-onboarding').roles.platform_lead?.contact).toBe('Robin Vale, robin@vendor.example');
  });

  it('becomes references, one for each file or address', () => {
    expect(draftOf('connector-setup').about.references).toMatchObject({
      runbook_of_the_cluster: { path: 'cluster.md' },
      hook: { path: 'src/hook.py' },
      documentation_of_network_policies: { url: 'https://kubernetes.example/policies' },
    });
    expect(Object.keys(draftOf('white-label-launch').about.references)).toEqual([
      'white_label',
      'env_staging',
      'env_live',
    ]);
  });

  it('becomes the RACI with its roles', () => {
    expect(draftOf('white-label-launch').about.raci).toEqual({
      responsible: ['platform', 'devops'],
      accountable: ['product'],
      consulted: ['client_admin'],
      informed: ['management'],
    });
  });
});

describe('documents of other kinds', () => {
  it('without headings become one phase named like the file', () => {
    const runbook = runbookOf(run('- [ ] one\n- [ ] two\n').yaml);
    expect(runbook.title).toBe('Draft');
    expect(itemsOf(runbook, 'draft')).toEqual(['one', 'two']);
  });

  it('of prose alone become something to read, and a placeholder nobody has to guess', () => {
    const runbook = runbookOf(run('Only words.').yaml);
    expect(runbook.about.purpose).toBe('Only words.');
    expect(runbook.roles).toHaveProperty('to_be_named');
  });

  it('with facts between dashes at the top lose none of them', () => {
    const { report, yaml } = run('---\nversion: 4.2\nteam: blue\n---\n\n# A\n\n- [ ] b\n');
    expect(report.unaccounted).toEqual([]);
    expect(runbookOf(yaml).version).toBe('4.2');
    expect(yaml).toContain('team: blue');
  });

  it('with template braces keep them as text', () => {
    expect(itemsOf(runbookOf(run('# A\n\n- [ ] set ${{ intake.x }}\n').yaml), 'a')).toEqual(['set $${{ intake.x }}']);
  });

  it('full of brackets still lint', () => {
    const { report } = run(`# A\n\n- [ ] ${'[{'.repeat(200)}\n- [ ] ${'- '.repeat(200)}x\n`);
    expect(report.unaccounted).toEqual([]);
    expect(report.faults).toEqual([]);
  });

  it.each([
    ['empty', '', /holds no words/],
    ['blank', ' \n---\n', /holds no words/],
    ['with NUL characters', '# A\0', /not text/],
    ['too large', 'a '.repeat(200_000), /at most 128 KiB/],
    ['of too many lines', 'a\n'.repeat(6_000), /at most 5000 are imported/],
    ['of one endless line', 'a '.repeat(3_000), /more than 4000 characters in line 1/],
    ['nested in one line', `${'>'.repeat(3_000)} a`, /nested too deeply in line 1/],
    [
      'nested line by line',
      Array.from({ length: 200 }, (_, depth) => `${' '.repeat(Math.min(depth, 60) * 2)}- a`).join('\n'),
      undefined,
    ],
  ])('that are %s are refused with the reason, or imported', (_, source, reason) => {
    if (reason === undefined) return expect(run(source).report.unaccounted).toEqual([]);
    expect(() => run(source)).toThrow(TenantryError);
    expect(() => run(source)).toThrow(reason);
  });
});
