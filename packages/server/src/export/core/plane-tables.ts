/**
 * What of the control plane's own tables belongs to a tenant and goes into its export. Every table with a `tenant_id` is
 * here, or the export fails: one that a later release adds cannot be forgotten.
 */

export interface Exported {
  /** Entry of the archive. */
  readonly entry: string;
  /** Columns that are secrets, or the machinery's own and mean nothing elsewhere. */
  readonly omit?: readonly string[];
}

export interface LeftOut {
  readonly because: string;
}

const vendor = (what: string): LeftOut => ({ because: `${what}: the vendor's record of its own work` });
const secret = (what: string): LeftOut => ({ because: `${what}: secrets, and nothing else` });

const data = (name: string): string => `data/tenantry/${name}.json`;
const table = (name: string, omit?: readonly string[]): Exported => ({
  entry: data(name),
  ...(omit === undefined ? {} : { omit }),
});

export const PLANE_TABLES: Readonly<Record<string, Exported | LeftOut>> = {
  users: { entry: 'users.json', omit: ['password_hash', 'temporary_password_ref', 'created_key'] },
  audit_log: { entry: 'audit_logs.json', omit: ['xact', 'payload_hash'] },
  billing_customers: table('billing_customers'),
  billing_dunnings: table('billing_dunnings'),
  billing_events: table('billing_events'),
  billing_objects: table('billing_objects'),
  mail_outbox: table('mail_outbox', ['content', 'key']),
  portal_drafts: table('portal_drafts'),
  portal_messages: table('portal_messages'),
  portal_questions: table('portal_questions'),
  portal_signatures: table('portal_signatures', ['compared_revision']),
  portal_uploads: table('portal_uploads', ['bytes']),
  support_access: table('support_access'),
  support_policies: table('support_policies'),
  tenant_branding: table('tenant_branding'),
  tenant_check_ins: table('tenant_check_ins', ['key']),
  tenant_contacts: table('tenant_contacts'),
  tenant_history: table('tenant_history', ['key']),
  tenant_issues: table('tenant_issues', ['opened_key', 'resolved_key']),
  tenant_metrics: table('tenant_metrics', ['hash']),
  tenant_plan_changes: table('tenant_plan_changes'),
  tenant_plan_requests: table('tenant_plan_requests'),
  tenant_policies: table('tenant_policies'),
  tenant_settings_versions: table('tenant_settings_versions', ['key']),
  tenant_suspensions: table('tenant_suspensions', ['key']),
  tenant_trials: table('tenant_trials'),
  tenant_usage: table('tenant_usage'),
  tenant_usage_counts: table('tenant_usage_counts'),
  tenant_usage_notices: table('tenant_usage_notices'),
  tenant_usage_days: table('tenant_usage_days'),
  tenant_offboardings: table('tenant_offboardings', ['key']),
  user_sessions: table('user_sessions', ['token_hash']),
  backup_operations: vendor('work on backups'),
  backup_schedules: vendor('when backups are taken'),
  backups: vendor('which backups there are'),
  bulk_items: vendor('work on many tenants at once'),
  tenant_exports: vendor('which exports there are'),
  events: vendor('what runs were told'),
  runs: vendor('runs'),
  run_artifacts: vendor('documents of runs, which have a download of their own'),
  run_evidence: vendor('evidence of runs, which has a download of its own'),
  run_resources: vendor('what runs have made'),
  tenant_tombstones: vendor('who was erased'),
  guard_changes: { because: 'in which order guards heard of the tenant: a number, and nothing else' },
  oidc_log_ins: { because: 'log-ins of applications that go on: gone with the session' },
  oidc_records: secret('codes and tokens of log-ins'),
  portal_links: secret('links into the portal'),
  portal_sessions: secret('visits of the portal'),
  refresh_tokens: secret('tokens'),
  reveal_links: secret('one-time links'),
  user_addresses: { because: 'hashes of addresses that tell a log-in from a new place' },
  user_recovery_codes: secret('recovery codes'),
  user_tokens: secret('links of mails'),
  user_totp: secret('authenticator apps'),
  vault_data_keys: secret('keys'),
  vault_entries: secret('sealed values'),
};

/** Names of columns that hold secrets in whatever database: what is sealed, hashed or lets somebody in. */
const SECRET_COLUMN = /pass(word|phrase|wd)|secret|token|api_?key|private_?key|encrypted|_hash$|^hash$|salt$/i;

/** Columns that tell of a secret and hold none: `must_change_password`, `password_changed_at`. */
const ABOUT_SECRETS = /^(must|has|is|may|needs)_|_(at|on|count|enabled|required)$/i;

export const isSecretColumn = (name: string): boolean => SECRET_COLUMN.test(name) && !ABOUT_SECRETS.test(name);

/** Tables of the catalogue that the list does not know, and those it knows that are not there. */
export function unlisted(tables: readonly string[]): readonly string[] {
  return tables.filter((name) => !Object.hasOwn(PLANE_TABLES, name));
}
