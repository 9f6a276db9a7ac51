import type { Act } from '../act.ts';
import { recordAudit } from './record.ts';

export interface AuditLine {
  readonly id: string;
  readonly actor: string;
  readonly action: string;
  readonly at: Date;
  readonly detail: Readonly<Record<string, unknown>>;
}

export const AUDIT_PAGE_SIZE = 100;

/** Newest first; `before` is the id of the last line of the page before. */
export async function listAudit({ db }: Act, before?: string): Promise<readonly AuditLine[]> {
  const { rows } = await db.query<AuditLine>(
    `select id::text, actor, action, at, detail from audit_logs
      where $1::bigint is null or audit_logs.id < $1::bigint order by audit_logs.id desc limit $2`,
    [before ?? null, AUDIT_PAGE_SIZE],
  );
  return rows;
}

/** What a verb calls as its last act. */
export function auditAct(act: Act, action: string, detail: Readonly<Record<string, unknown>>): Promise<void> {
  const { tenantId, email } = act.visitor;
  return recordAudit(act.db, { tenantId, actor: email, action, at: act.now, detail });
}
