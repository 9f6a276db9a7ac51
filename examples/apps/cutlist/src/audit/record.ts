import type { TenantDb } from '../db/in-tenant.ts';

export interface AuditEntry {
  readonly tenantId: string;
  /** The e-mail address of who did it, as given at log-in. */
  readonly actor: string;
  /** `noun.verb`, past tense: `project.created`. */
  readonly action: string;
  readonly at: Date;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Written in the transaction of what it records: both stand or neither does. */
export async function recordAudit(db: TenantDb, entry: AuditEntry): Promise<void> {
  await db.query('insert into audit_logs (tenant_id, actor, action, at, detail) values ($1, $2, $3, $4, $5)', [
    entry.tenantId,
    entry.actor.slice(0, 320),
    entry.action,
    entry.at,
    JSON.stringify(entry.detail ?? {}),
  ]);
}
