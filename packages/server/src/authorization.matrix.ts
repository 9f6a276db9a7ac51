/**
 * Who may call what: one line for each route that is not public. Written by hand, so that the route table, the table
 * of roles and the verbs are compared with something that is none of them.
 */
import type { PlatformRole } from './access/index.ts';

/** What a route is about. `none`: nothing in particular. */
export type Target =
  | 'none'
  | 'tenant'
  | 'run'
  | 'client'
  | 'operator'
  | 'support'
  | 'application'
  | 'backup'
  | 'product_in_body';

export interface Rule {
  readonly target: Target;
  /** Platform roles that are let in, for what they reach. */
  readonly roles: readonly PlatformRole[];
  /** Roles for which the thing is there, within their reach, and not theirs to do this with. */
  readonly foundBy?: readonly PlatformRole[];
  /** Whether a person of a client is let in, for their own client; `hidden` where all of it is the vendor's. */
  readonly client: boolean | 'hidden';
  /** Reads or changes what a tenant holds: support needs a live access. */
  readonly tenantData: boolean;
  /** A request that fits the schema of the body. */
  readonly body?: Readonly<Record<string, unknown>>;
}

const EVERY: readonly PlatformRole[] = ['owner', 'engineer', 'customer_success', 'sales', 'support', 'auditor'];
const WORKERS = EVERY.filter((role) => role !== 'auditor');
const OWNER: readonly PlatformRole[] = ['owner'];
const SUPPORT_READERS = EVERY.filter((role) => role !== 'sales');

const rule = (
  target: Target,
  roles: readonly PlatformRole[],
  more: Partial<Omit<Rule, 'target' | 'roles'>> = {},
): Rule => ({ target, roles, client: false, tenantData: false, ...more });

const readTenant = rule('tenant', EVERY, { client: true, tenantData: true });
const onTenant = (body?: Rule['body']): Rule =>
  rule('tenant', ['owner', 'engineer', 'customer_success'], {
    tenantData: true,
    ...(body === undefined ? {} : { body }),
  });
const readRun = rule('run', EVERY, { client: true, tenantData: true });
const onRun = (body?: Rule['body']): Rule =>
  rule('run', WORKERS, { client: true, tenantData: true, ...(body === undefined ? {} : { body }) });
/** Theirs alone whose grants cover a product as a whole. */
const onApplication = (body?: Rule['body']): Rule =>
  rule('application', ['owner', 'engineer', 'customer_success'], body === undefined ? {} : { body });
const BACKUP_READERS: readonly PlatformRole[] = ['owner', 'engineer', 'customer_success', 'auditor'];
const BACKUP_WRITERS: readonly PlatformRole[] = ['owner', 'engineer', 'customer_success'];
const reason = { reason: 'the matrix asks' };
const clientFile = { source: '{"runbook":"nowhere","product":"$product","intake":{}}', file: 'client.json' };

const checkpoint = {
  version: 1,
  position: 1,
  chainHash: '0'.repeat(64),
  at: '2026-11-20T09:00:00.000Z',
  keyId: '0'.repeat(16),
  publicKey: 'AAAA',
  signature: 'AAAA',
};

export const RULES: Readonly<Record<string, Rule>> = {
  'GET /api/v1/whoami': rule('none', EVERY, { client: true }),
  'POST /api/v1/sign-in/recovery-codes': rule('none', EVERY, { client: true, body: { code: '000000' } }),
  'GET /api/v1/platform-roles': rule('none', EVERY, { client: true }),
  'GET /api/v1/keys': rule('none', EVERY, { client: true }),
  'POST /api/v1/keys': rule('none', OWNER, { client: true, body: { name: 'matrix', scopes: ['runs:read'] } }),
  'DELETE /api/v1/keys/:key': rule('operator', OWNER, { client: 'hidden' }),
  'GET /api/v1/people': rule('none', OWNER, { client: true }),

  'GET /api/v1/operators': rule('none', ['owner', 'auditor']),
  'GET /api/v1/operators/:operator': rule('operator', ['owner', 'auditor']),
  'POST /api/v1/operators': rule('none', OWNER, {
    body: { name: 'New', email: 'matrix@vendor.example', grants: [{ role: 'sales' }] },
  }),
  'POST /api/v1/operators/:operator/invitation': rule('operator', OWNER, { body: reason }),
  'POST /api/v1/operators/:operator/grants': rule('operator', OWNER, { body: { grants: [], ...reason } }),
  'POST /api/v1/operators/:operator/disable': rule('operator', OWNER, { body: reason }),
  'POST /api/v1/operators/:operator/email': rule('operator', OWNER, {
    body: { email: 'matrix-target@vendor.example', ...reason },
  }),
  'POST /api/v1/operators/:operator/identities': rule('operator', OWNER, {
    body: { issuer: 'https://idp.vendor.example', subject: 'matrix' },
  }),

  'GET /api/v1/support-access': rule('none', SUPPORT_READERS, { client: true }),
  'GET /api/v1/tenants/:tenant/support-access': rule('tenant', SUPPORT_READERS, { client: true }),
  'GET /api/v1/tenants/:tenant/support-policy': rule('tenant', SUPPORT_READERS, { client: true }),
  'POST /api/v1/tenants/:tenant/support-policy': rule('tenant', OWNER, {
    client: true,
    body: { granted_by: 'vendor' },
  }),
  'POST /api/v1/tenants/:tenant/support-access': rule('tenant', ['owner', 'support'], {
    body: { reason: 'the matrix asks for it', hours: 1 },
  }),
  'POST /api/v1/support-access/:access/grant': rule('support', OWNER, { client: true }),
  'POST /api/v1/support-access/:access/end': rule('support', OWNER, {
    foundBy: SUPPORT_READERS,
    client: true,
    body: reason,
  }),

  'GET /api/v1/tenants': rule('none', EVERY, { client: true }),
  'GET /api/v1/tenants/:tenant': rule('tenant', EVERY, { client: true, tenantData: true }),
  'PATCH /api/v1/tenants/:tenant': onTenant(reason),
  'GET /api/v1/tenants/:tenant/history': rule('tenant', EVERY, { client: true, tenantData: true }),
  'GET /api/v1/tenants/:tenant/documents': readTenant,
  'GET /api/v1/tenants/:tenant/users': readTenant,
  'POST /api/v1/tenants/:tenant/users': onTenant({ email: 'matrix@client.example', full_name: 'M', role: 'user' }),
  'PATCH /api/v1/tenants/:tenant/users/:user': onTenant({ full_name: 'M' }),
  'DELETE /api/v1/tenants/:tenant/users/:user': onTenant(),
  'POST /api/v1/tenants/:tenant/users/:user/email': onTenant({ email: 'matrix@client.example', ...reason }),
  'GET /api/v1/tenants/:tenant/users/:user/sessions': readTenant,
  'POST /api/v1/tenants/:tenant/users/:user/invitation': onTenant(),
  'POST /api/v1/tenants/:tenant/users/:user/password-reset': onTenant(),
  'POST /api/v1/tenants/:tenant/users/:user/sessions/end': onTenant(),
  'POST /api/v1/tenants/:tenant/users/:user/second-factor/reset': onTenant(reason),
  'POST /api/v1/tenants/:tenant/users/upload': onTenant(),
  'GET /api/v1/tenants/:tenant/login-policy': readTenant,
  'PATCH /api/v1/tenants/:tenant/login-policy': onTenant({}),
  'POST /api/v1/tenants/:tenant/close-access': onTenant(reason),
  'POST /api/v1/tenants/:tenant/open-access': onTenant(reason),
  // Every role but the owner's is limited to a client in this test.
  'POST /api/v1/emergency/open-access': rule('none', OWNER, { body: reason }),
  'POST /api/v1/emergency/close-access': rule('none', OWNER, { body: reason }),
  'GET /api/v1/tenants/:tenant/life': readTenant,
  'POST /api/v1/tenants/:tenant/suspend': onTenant({ cause: 'terms_violation', ...reason }),
  'POST /api/v1/tenants/:tenant/reinstate': onTenant({ resolution: 'the matrix asks' }),
  'GET /api/v1/tenants/:tenant/export': onTenant(),
  'GET /api/v1/tenants/:tenant/exports': onTenant(),
  'POST /api/v1/tenants/:tenant/exports': onTenant({}),
  'GET /api/v1/tenants/:tenant/exports/:export': onTenant(),
  'DELETE /api/v1/tenants/:tenant/exports/:export': onTenant(),
  'POST /api/v1/tenants/:tenant/exports/:export/withdraw-links': onTenant(),
  'GET /api/v1/tenants/:tenant/users/:user/personal-data': onTenant(),
  'GET /api/v1/tenants/:tenant/offboarding': readTenant,
  'POST /api/v1/tenants/:tenant/offboard': onTenant({ cause: 'contract_end', ...reason }),
  'POST /api/v1/tenants/:tenant/cancel-offboarding': onTenant(reason),
  'POST /api/v1/tenants/:tenant/legal-hold': onTenant({ hold: true, ...reason }),
  'POST /api/v1/tenants/:tenant/erase': onTenant({ confirm: 'another', ...reason }),
  'GET /api/v1/tenants/:tenant/usage': readTenant,
  'POST /api/v1/tenants/:tenant/usage': rule('tenant', ['owner', 'engineer'], {
    body: { meter: 'projects', used: 1, counted_at: '$past', source: 'matrix' },
  }),
  'GET /api/v1/tenants/:tenant/usage/history': readTenant,
  'GET /api/v1/tenants/:tenant/wishes': readTenant,
  'GET /api/v1/tenants/:tenant/plan-impact': readTenant,
  'POST /api/v1/tenants/:tenant/change-plan': onTenant({ plan: 'starter', ...reason }),
  'POST /api/v1/tenants/:tenant/cancel-plan-change': onTenant(reason),
  'GET /api/v1/tenants/:tenant/plan-requests': readTenant,
  'POST /api/v1/tenants/:tenant/plan-requests/decide': onTenant({ approve: false, note: 'the matrix asks' }),
  'POST /api/v1/tenants/:tenant/trial': onTenant({ ends_at: '2099-01-01T00:00:00.000Z', ...reason }),
  'GET /api/v1/tenants/:tenant/billing': readTenant,
  'POST /api/v1/tenants/:tenant/billing/customer': onTenant({ customer: 'cus_$fresh', ...reason }),
  'POST /api/v1/tenants/:tenant/events': onTenant({ name: 'matrix.asked' }),
  'GET /api/v1/tenants/:tenant/metrics': readTenant,
  // Figures are no data of the tenant's people, and come from the application, not from somebody who looks into it.
  'POST /api/v1/tenants/:tenant/metrics': rule('tenant', ['owner', 'engineer'], {
    body: { source: '$fresh', from: '$past', to: '$now', requests: 1, errors: 0 },
  }),
  'GET /api/v1/tenants/:tenant/issues': readTenant,
  'POST /api/v1/tenants/:tenant/issues': onTenant({ title: 'the matrix asks' }),
  'POST /api/v1/tenants/:tenant/issues/:number/resolve': onTenant({ resolution: 'the matrix asks' }),
  'GET /api/v1/clients': rule('none', EVERY, { client: true }),
  'GET /api/v1/clients/:client': rule('client', EVERY, { client: true }),

  'GET /api/v1/applications': rule('none', EVERY, { client: true }),
  'GET /api/v1/applications/:application': rule('application', EVERY, { client: 'hidden' }),
  // Every role but the owner's is limited to a client in this test, and an application is of a product as a whole.
  'POST /api/v1/applications': rule('product_in_body', OWNER, {
    body: { id: '$fresh', product: '$product', name: 'Matrix', redirect_uris: ['https://app.example/callback'] },
  }),
  'PATCH /api/v1/applications/:application': onApplication({ name: 'Matrix' }),
  'POST /api/v1/applications/:application/secret': onApplication(),
  'POST /api/v1/applications/:application/disable': onApplication(reason),
  'POST /api/v1/applications/:application/enable': onApplication(reason),

  // All tenants of a product; everybody but the owner is limited to a client in this test.
  'GET /api/v1/products/:product/guard/stream': rule('none', OWNER),

  'GET /api/v1/products/:product/billing': rule('none', OWNER),
  'POST /api/v1/products/:product/billing/keys': rule('none', OWNER, {
    body: { label: 'matrix', secret: 'whsec_$fresh' },
  }),
  'POST /api/v1/products/:product/billing/keys/:billing_key/retire': rule('none', OWNER),
  'GET /api/v1/products/:product/billing/events': rule('none', OWNER),
  'POST /api/v1/products/:product/billing/events/:event/assign': rule('none', OWNER, {
    body: { tenant: 'nowhere', ...reason },
  }),
  'POST /api/v1/products/:product/billing/events/:event/replay': rule('none', OWNER, { body: reason }),
  'POST /api/v1/products/:product/billing/events/:event/settle': rule('none', OWNER, { body: reason }),

  'GET /api/v1/runbooks': rule('none', EVERY),
  'GET /api/v1/runbooks/:runbook/versions/:version': rule('none', EVERY),
  'POST /api/v1/runbooks': rule('none', ['owner', 'engineer'], { body: { file: 'x.yaml', source: 'x', files: {} } }),
  'POST /api/v1/runbooks/:runbook/versions/:version/approve': rule('none', ['owner', 'engineer'], {
    body: { role: 'x' },
  }),
  'GET /api/v1/products': rule('none', EVERY),
  // An engineer's too whose grant is for the product as a whole; those of the matrix are for a client.
  'POST /api/v1/products/:product/environments/:environment/connections/:kind/:name/test': rule('none', OWNER),
  'POST /api/v1/runbooks/:runbook/versions/:version/review': rule('none', ['owner', 'engineer'], {
    body: { note: 'the matrix asks' },
  }),
  'GET /api/v1/catalog': rule('none', EVERY),
  'GET /api/v1/runs': rule('none', EVERY, { client: true }),
  'POST /api/v1/runs': rule('product_in_body', WORKERS, { client: true, body: clientFile }),
  'POST /api/v1/plans': rule('product_in_body', EVERY, { client: true, body: clientFile }),
  'GET /api/v1/runs/:run': readRun,
  'GET /api/v1/attention': rule('none', EVERY, { client: true }),
  'GET /api/v1/runs/:run/outlook': readRun,
  'GET /api/v1/runs/:run/attempts': readRun,
  'GET /api/v1/runs/:run/evidence': readRun,
  'GET /api/v1/runs/:run/evidence-pack': readRun,
  'GET /api/v1/runs/:run/resources': readRun,
  'GET /api/v1/runs/:run/artifacts/:artifact': readRun,
  'GET /api/v1/runs/:run/events': readRun,
  'POST /api/v1/runs/:run/steps/:step/complete': onRun({ output: {}, ticks: [] }),
  'POST /api/v1/runs/:run/steps/:step/tick': onRun({ item: 'none' }),
  'POST /api/v1/runs/:run/steps/:step/decide': onRun({ decision: 'no' }),
  'POST /api/v1/runs/:run/steps/:step/choose': onRun({ option: 'none' }),
  'POST /api/v1/runs/:run/steps/:step/take-over': onRun({}),
  'POST /api/v1/runs/:run/steps/:step/confirm': onRun({ text: 'nothing' }),
  'POST /api/v1/runs/:run/steps/:step/retry': onRun(),
  'POST /api/v1/runs/:run/steps/:step/override': onRun(reason),
  'POST /api/v1/runs/:run/steps/:step/resolve': onRun({ outcome: 'happened', output: {}, ...reason }),
  'POST /api/v1/runs/:run/override-gate': onRun({ phase: 'nowhere', label: 'nothing', ...reason }),
  'POST /api/v1/runs/:run/comment': onRun({ phase: 'nowhere', text: 'the matrix asks' }),
  'POST /api/v1/runs/:run/mend-intake': onRun({ intake: { slug: 'another', thing: 'x' } }),
  'POST /api/v1/runs/:run/reopen': onRun({ phase: 'nowhere', ...reason }),
  'POST /api/v1/runs/:run/go-live': onRun({ go_live: '2026-12-01', ...reason }),
  'POST /api/v1/runs/:run/migrate': onRun({ to: 'none', ...reason }),
  'POST /api/v1/runs/:run/rollback': onRun(reason),
  'POST /api/v1/runs/:run/cancel': onRun({ undo: false, ...reason }),

  'GET /api/v1/runs/:run/portal-links': rule('run', EVERY, { tenantData: true }),
  'POST /api/v1/runs/:run/portal-links': rule('run', WORKERS, {
    tenantData: true,
    body: { role: 'nobody', email: 'matrix@client.example' },
  }),
  'POST /api/v1/runs/:run/portal-links/:link/revoke': rule('run', WORKERS, {
    tenantData: true,
    body: reason,
  }),
  'GET /api/v1/runs/:run/questions': rule('run', EVERY, { tenantData: true }),
  'POST /api/v1/runs/:run/questions/:question/answer': rule('run', WORKERS, {
    tenantData: true,
    body: { text: 'The matrix answers' },
  }),

  // Everything there is, so the owner's alone where everybody else is limited to a client; so is a whole product.
  'GET /api/v1/backups': rule('none', OWNER),
  'GET /api/v1/backup-schedules': rule('none', OWNER),
  'POST /api/v1/backups': rule('product_in_body', OWNER, { body: { product: '$product' } }),
  'POST /api/v1/backup-schedules': rule('product_in_body', OWNER, { body: { product: '$product', every: 'daily' } }),
  'GET /api/v1/backups/:backup': rule('backup', BACKUP_READERS),
  'GET /api/v1/backup-operations/:operation': rule('backup', BACKUP_READERS),
  'POST /api/v1/backups/:backup/verify': rule('backup', BACKUP_WRITERS, { body: {} }),
  'POST /api/v1/backups/:backup/restore': rule('backup', ['owner', 'engineer'], { body: { confirm: 'another' } }),
  'DELETE /api/v1/backup-schedules/:schedule': rule('backup', BACKUP_WRITERS),

  // It tells of every product and client, so the auditor of one client is not let in.
  'GET /api/v1/audit': rule('none', OWNER),
  'GET /api/v1/audit/checkpoint': rule('none', OWNER),
  'GET /api/v1/audit/verify': rule('none', OWNER),
  'POST /api/v1/audit/verify': rule('none', OWNER, { body: checkpoint }),
};

const LOG_IN = 'how users of tenants log in; a password or a token sent to them is the authority';
const USER_TOKEN = 'takes the access token of a user of a tenant, and never a key: identity asks for it';
const USER_PAGE = 'pages of the OpenID Provider; its cookies, codes and one-time tokens are the authority';

const PORTAL = 'the session of a portal link is the authority: portal/ asks for it, and a test walks every one of them';

/** Open without a key, each with the reason a reviewer accepts. */
export const PUBLIC: Readonly<Record<string, string>> = {
  'GET /': 'the start page names nothing of this installation',
  'GET /console': 'leads to the page',
  'GET /console/*': 'the program of the console, the same everywhere; what it shows comes through the API',
  'GET /portal': 'leads to the page',
  'GET /portal/*': 'the program of the portal, the same everywhere',
  'GET /metrics': 'a token of its own is the authority; without one, only this machine in development',
  'GET /api/v1/health': 'asked by load balancers',
  'GET /api/v1/openapi.json': 'the description is the same everywhere',
  'GET /errors/:code': 'the pages of error codes',
  'GET /docs/:folder/:page': 'the documentation is the same everywhere',
  'GET /reveal': 'the page of one-time links; the token is the authority',
  'GET /assets/reveal.js': 'the script of that page',
  'POST /api/v1/reveal': 'the token is the authority',
  'POST /api/v1/sign-in/cli-code': 'the code and its verifier are the authority',
  'GET /operator/sign-in': 'the form',
  'POST /operator/sign-in': 'signs in',
  'GET /operator/sign-in/provider': 'leads to the provider',
  'GET /operator/sign-in/callback': 'comes from the provider; state, nonce and browser are checked',
  'POST /operator/sign-out': 'ends the session of the cookie',
  'GET /operator/invitation': 'the token is the authority',
  'POST /operator/invitation': 'the token is the authority',
  'POST /operator/invitation/code': 'the token is the authority',
  'GET /operator/recovery-codes': 'asks for a session by itself, and leads to the form without one',
  'POST /operator/recovery-codes': 'asks for a session by itself',
  'GET /operator/cli': 'asks for a session by itself, and leads to the form without one',
  'POST /operator/cli': 'asks for a session by itself',
  'POST /api/webhooks/stripe/:product': 'the signature of the billing system is the authority',
  'POST /api/auth/register': LOG_IN,
  'POST /api/auth/login': LOG_IN,
  'POST /api/auth/refresh': LOG_IN,
  'POST /api/auth/logout': LOG_IN,
  'POST /api/auth/password': LOG_IN,
  'POST /api/auth/password/reset-request': LOG_IN,
  'POST /api/auth/verify-email/resend': LOG_IN,
  'POST /api/auth/password/reset': LOG_IN,
  'POST /api/auth/invitation/accept': LOG_IN,
  'POST /api/auth/verify-email': LOG_IN,
  'POST /api/auth/email/confirm': LOG_IN,
  'POST /api/auth/email/object': LOG_IN,
  'GET /api/account/personal-data': USER_TOKEN,
  'GET /api/admin/export': USER_TOKEN,
  'GET /api/admin/exports': USER_TOKEN,
  'GET /api/admin/exports/:export': USER_TOKEN,
  'DELETE /api/admin/exports/:export': USER_TOKEN,
  'POST /api/admin/exports/:export/withdraw-links': USER_TOKEN,
  'GET /api/v1/exports/:export/archive': 'the signature in the link is the authority',
  'GET /api/account': USER_TOKEN,
  'POST /api/account/email': USER_TOKEN,
  'POST /api/account/second-factor': USER_TOKEN,
  'POST /api/account/second-factor/confirm': USER_TOKEN,
  'POST /api/account/second-factor/recovery-codes': USER_TOKEN,
  'GET /api/account/sessions': USER_TOKEN,
  'DELETE /api/account/sessions/:session': USER_TOKEN,
  'POST /api/account/sessions/end-others': USER_TOKEN,
  'GET /api/account/plan': USER_TOKEN,
  'GET /api/account/plan-impact': USER_TOKEN,
  'GET /api/account/plan-requests': USER_TOKEN,
  'POST /api/account/plan-requests': USER_TOKEN,
  'POST /api/account/plan-requests/withdraw': USER_TOKEN,
  'GET /api/account/users': USER_TOKEN,
  'POST /api/account/users': USER_TOKEN,
  'PATCH /api/account/users/:user': USER_TOKEN,
  'POST /api/account/users/:user/invitation': USER_TOKEN,
  'POST /api/account/users/:user/password-reset': USER_TOKEN,
  'POST /api/account/users/:user/sessions/end': USER_TOKEN,
  'POST /api/account/users/:user/second-factor/reset': USER_TOKEN,
  'GET /oidc/*': USER_PAGE,
  'POST /oidc/*': USER_PAGE,
  'GET /login/:uid': USER_PAGE,
  'POST /login/:uid': USER_PAGE,
  'GET /account/forgotten': USER_PAGE,
  'POST /account/forgotten': USER_PAGE,
  'GET /account/reset/:token': USER_PAGE,
  'POST /account/reset/:token': USER_PAGE,
  'GET /account/invitation/:token': USER_PAGE,
  'POST /account/invitation/:token': USER_PAGE,
  'GET /account/verify/:token': USER_PAGE,
  'POST /account/verify/:token': USER_PAGE,
  'GET /account/email/:token': USER_PAGE,
  'POST /account/email/:token': USER_PAGE,
  'GET /account/email-objection/:token': USER_PAGE,
  'POST /account/email-objection/:token': USER_PAGE,
  'GET /account/log-in/:tenant': USER_PAGE,
  'POST /portal/api/open': 'the token of the link is the authority',
  'POST /portal/api/ask-for-link': 'mails nobody but whom a link was made for, and tells nothing',
  'POST /portal/api/sign-out': PORTAL,
  'GET /portal/api/overview': PORTAL,
  'GET /portal/api/life': PORTAL,
  'POST /portal/api/wishes': PORTAL,
  'GET /portal/api/events': PORTAL,
  'GET /portal/api/runs/:run/tasks/:step': PORTAL,
  'PUT /portal/api/runs/:run/tasks/:step/draft': PORTAL,
  'POST /portal/api/runs/:run/tasks/:step/complete': PORTAL,
  'POST /portal/api/runs/:run/tasks/:step/sign': PORTAL,
  'POST /portal/api/runs/:run/tasks/:step/choose': PORTAL,
  'POST /portal/api/runs/:run/tasks/:step/files': PORTAL,
  'DELETE /portal/api/runs/:run/tasks/:step/files/:file': PORTAL,
  'GET /portal/api/documents': PORTAL,
  'GET /portal/api/runs/:run/documents/:document': PORTAL,
  'GET /portal/api/secrets': PORTAL,
  'POST /portal/api/secrets/:secret/reveal': PORTAL,
  'GET /portal/api/questions': PORTAL,
  'POST /portal/api/questions': PORTAL,
  'POST /portal/api/questions/:question/replies': PORTAL,
};
