/** Every shipped action as the crash suite runs it: one step, after what it needs. A new action needs an entry here. */

interface Step {
  readonly id: string;
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
  readonly undo?: 'none';
}

export interface ShippedCase {
  readonly with: Readonly<Record<string, unknown>>;
  /** Steps before it; the tenant is there, unless the action makes it. */
  readonly before?: readonly Step[];
  readonly undo?: 'none';
  /** Makes the tenant itself. */
  readonly isFirst?: true;
}

/** A text of the runbook language. */
const text = (expression: string): string => `\${{ ${expression} }}`;
const SLUG = text('intake.slug');
const generated: Step = { id: 'secret', uses: 'vault.generate', with: { encoding: 'password', label: 'a password' } };
const person = { email: `ann@${SLUG}.example`, full_name: 'Ann' };
const order = { connection: 'api', method: 'POST', url: '/orders', body: { name: SLUG }, compensate: 'none' };

export const CREATE: Step = { id: 'made', uses: 'tenant.create', with: { name: SLUG, slug: SLUG } };

const LIVE: Step = { id: 'live', uses: 'tenant.set_status', with: { status: 'active', reason: 'go-live' } };
const BREACH = { cause: 'terms_violation', reason: 'a breach of the terms', authority: 'Lee' };
const SUSPEND: Step = { id: 'shut', uses: 'tenant.suspend', with: BREACH };

export const CASES: Readonly<Record<string, ShippedCase>> = {
  'tenant.create': { isFirst: true, with: CREATE.with },
  'tenant.set_contacts': { with: { contacts: { it_admin: { name: 'Ann', email: 'ann@client.example' } } } },
  'tenant.set_features': {
    with: {
      features: { sso: true },
      approvals: { sso: { approved_by: 'Lee', reason: 'contract' } },
      reason: 'contract',
    },
  },
  'tenant.set_limits': { with: { limits: { users: 7 }, reason: 'contract' } },
  'tenant.set_plan': { with: { plan: 'starter', reason: 'contract' } },
  'tenant.offboard': {
    before: [LIVE],
    with: { cause: 'customer_request', reason: 'they leave', authority: 'ann@client.example' },
  },
  'tenant.reinstate': { before: [LIVE, SUSPEND], with: { resolution: 'settled' }, undo: 'none' },
  'tenant.suspend': { before: [LIVE], with: BREACH },
  'tenant.set_status': { with: { status: 'active', reason: 'go-live' } },
  'hypercare.record_check_in': {
    with: {
      from: '2026-11-18T09:00:00.000Z',
      to: '2026-11-20T09:00:00.000Z',
      report_sha256: 'a'.repeat(64),
      feedback: 'It works',
      issues: 'Slow on Mondays',
      actions: 'Look at Mondays',
    },
  },
  'user.create_admin': { with: person },
  'user.create_all': { with: { users: [{ ...person, role: 'user' }] } },
  'user.invite_waiting': {
    before: [{ id: 'listed', uses: 'user.create_all', with: { users: [{ ...person, role: 'user' }] } }],
    with: {},
    undo: 'none',
  },
  'user.set_policy': { with: { mfa_required: true, ip_allow: ['192.0.2.0/24'] } },
  'user.invite': { with: { ...person, role: 'admin' } },
  'vault.generate': { with: generated.with },
  'vault.record': {
    before: [generated],
    with: {
      title: SLUG,
      username: 'ann',
      email: 'ann@client.example',
      password: text('steps.secret.output.value'),
      login_url: 'https://app.example/',
    },
  },
  'vault.share': { before: [generated], with: { secret: text('steps.secret.output.value'), to: 'engineer' } },
  'postgres.row': {
    with: { database: 'shop', table: 'shops', key: { id: text('tenant.id') }, values: { slug: SLUG } },
  },
  'http.request': { with: order, undo: 'none' },
  'http.request_once': { with: order, undo: 'none' },
  'email.send': {
    with: { to: 'ann@client.example', template: 'templates/hello.md', values: { slug: SLUG } },
    undo: 'none',
  },
};

/** Not killed here, each with the reason and what holds them meanwhile. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'backup.create': 'needs the databases of a product; held by its contract alone',
  'backup.tenant': 'needs the databases of a product; held by its contract alone',
  'backup.restore': 'needs a backup to restore; a worker that dies is tried in backups/operations.db.test.ts',
  'backup.restore_tenant': 'needs a backup to restore; a worker that dies is tried in backups/operations.db.test.ts',
  'hypercare.watch': 'needs the figures of a day; hypercare/hypercare.db.test.ts does the same work twice',
  'run.move_go_live': 'acts on another run; runbooks/runs/related-runs.db.test.ts repeats it without a crash',
  'run.take_back': 'acts on another run; runbooks/runs/related-runs.db.test.ts repeats it without a crash',
};

export const TEMPLATE = '---\nsubject: Hello\n---\nHello ${{ slug }}.\n';

/** A runbook with one step that uses the action. JSON is YAML. */
export const sourceOf = (action: string, { with: input, before = [], undo, isFirst }: ShippedCase): string =>
  JSON.stringify({
    runbook: idOf(action),
    version: '1.0',
    title: action,
    owner: 'tests',
    subject: 'new_tenant',
    intake: { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } },
    roles: { engineer: { title: 'Engineer', contact: 'ada@vendor.example' }, lead: { title: 'Lead' } },
    may: { override: ['lead'], cancel: ['lead'], rollback: ['lead'] },
    phases: [
      {
        id: 'only',
        owner: 'engineer',
        steps: [
          ...(isFirst ? [] : [CREATE]),
          ...before,
          { id: 'it', uses: action, with: input, ...(undo === undefined ? {} : { undo }) },
        ],
      },
    ],
  });

export const idOf = (action: string): string => `crash-${action.replaceAll(/[._]/g, '-')}`;
