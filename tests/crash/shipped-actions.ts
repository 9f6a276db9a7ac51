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
  /** Is about a run of `SUBJECT`, and how that one then stands. */
  readonly leaves?: 'waiting' | 'rolled_back';
  /** What the test puts there while the run waits before the step, since no action can. */
  readonly given?: 'figures';
}

/** A text of the runbook language. */
const text = (expression: string): string => `\${{ ${expression} }}`;
const SLUG = text('intake.slug');
const generated: Step = { id: 'secret', uses: 'vault.generate', with: { encoding: 'password', label: 'a password' } };
const person = { email: `ann@${SLUG}.example`, full_name: 'Ann' };
const order = { connection: 'api', method: 'POST', url: '/orders', body: { name: SLUG }, compensate: 'none' };

export const CREATE: Step = { id: 'made', uses: 'tenant.create', with: { name: SLUG, slug: SLUG } };

const LIVE: Step = { id: 'live', uses: 'tenant.set_status', with: { status: 'active', reason: 'go-live' } };
const TENANT = text('tenant.id');
const SHOP: Step = {
  id: 'shop',
  uses: 'postgres.row',
  with: { database: 'shop', table: 'shops', key: { id: TENANT }, values: { slug: SLUG } },
};
/** Work that comes after a backup, and is gone once that is brought back. */
const SINCE: Step = {
  id: 'since',
  uses: 'postgres.row',
  with: { database: 'shop', table: 'notes', key: { id: TENANT }, values: { tenant_id: TENANT, note: 'since' } },
};
const SAVED = text('steps.saved.output.stamp');
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
  'backup.create': { before: [SHOP], with: { keep: '30d' }, undo: 'none' },
  'backup.tenant': { before: [SHOP], with: { keep: '30d' }, undo: 'none' },
  'backup.restore': {
    before: [SHOP, { id: 'saved', uses: 'backup.create', with: {}, undo: 'none' }, SINCE],
    with: { stamp: SAVED },
    undo: 'none',
  },
  'backup.restore_tenant': {
    before: [SHOP, { id: 'saved', uses: 'backup.tenant', with: {}, undo: 'none' }, SINCE],
    with: { stamp: SAVED },
    undo: 'none',
  },
  'run.move_go_live': { leaves: 'waiting', with: { to: '2031-05-05', reason: 'another day' }, undo: 'none' },
  'run.take_back': { leaves: 'rolled_back', with: { reason: 'not wanted' }, undo: 'none' },
  'hypercare.watch': { given: 'figures', with: { tell: 'engineer' } },
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
  'user.create_all': { with: { users: [{ ...person, role: 'admin' }] } },
  'user.invite_waiting': {
    before: [{ id: 'listed', uses: 'user.create_all', with: { users: [{ ...person, role: 'admin' }] } }],
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
  'postgres.row': { with: SHOP.with },
  'http.request': { with: order, undo: 'none' },
  'http.request_once': { with: order, undo: 'none' },
  'email.send': {
    with: { to: 'ann@client.example', template: 'templates/hello.md', values: { slug: SLUG } },
    undo: 'none',
  },
};

export const TEMPLATE = '---\nsubject: Hello\n---\nHello ${{ slug }}.\n';

const HEAD = {
  version: '1.0',
  owner: 'tests',
  intake: { type: 'object', required: ['slug'], properties: { slug: { type: 'string' } } },
  roles: { engineer: { title: 'Engineer', contact: 'ada@vendor.example' }, lead: { title: 'Lead' } },
  may: { override: ['lead'], cancel: ['lead'], rollback: ['lead'] },
};

/** A task the run waits at. */
export const TASK = 'look';
const WAIT = { id: TASK, task: 'Look' };

/** A runbook with one step that uses the action. JSON is YAML. */
export const sourceOf = (action: string, entry: ShippedCase): string =>
  JSON.stringify({
    ...HEAD,
    runbook: idOf(action),
    title: action,
    subject: entry.leaves === undefined ? 'new_tenant' : 'run',
    phases: [
      {
        id: 'only',
        owner: 'engineer',
        steps: [
          ...stepsBefore(entry),
          ...(entry.given === undefined ? [] : [WAIT]),
          { id: 'it', uses: action, with: entry.with, ...(entry.undo === undefined ? {} : { undo: entry.undo }) },
        ],
      },
    ],
  });

export const stepsBefore = ({ before = [], isFirst, leaves }: ShippedCase): readonly Step[] => [
  ...(isFirst || leaves !== undefined ? [] : [CREATE]),
  ...before,
];

export const SUBJECT = 'crash-subject';
/** A run that other runs are about: it has made something, has a day to go live, and waits. */
export const SUBJECT_SOURCE = JSON.stringify({
  ...HEAD,
  runbook: SUBJECT,
  title: 'Subject',
  subject: 'new_tenant',
  go_live: '2031-03-03',
  phases: [{ id: 'only', owner: 'engineer', steps: [CREATE, SHOP, WAIT] }],
});

export const idOf = (action: string): string => `crash-${action.replaceAll(/[._]/g, '-')}`;
