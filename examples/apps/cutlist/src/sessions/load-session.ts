import type { CutlistContext } from '../context.ts';
import { inTenant } from '../db/in-tenant.ts';
import type { Plan } from '../tenants/plan-limits.ts';
import { admitByStatus, type TenantStatus } from '../tenants/status-gate.ts';
import { hashToken, tenantOfToken } from './token.ts';

export type Role = 'admin' | 'member' | 'viewer';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly plan: Plan;
  readonly status: TenantStatus;
  /** As the control plane wrote it; read through `plan-limits.ts` only. */
  readonly settings: unknown;
}

/** Somebody with a living session. */
export interface Visitor {
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
  readonly fullName: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  /** Let in before go-live. */
  readonly pilot: boolean;
  readonly tenant: Tenant;
  /** The cookie's value: forms derive their CSRF token from it. */
  readonly token: string;
  readonly expiresAt: Date;
}

interface SessionRow {
  readonly user_id: string;
  readonly email: string;
  readonly full_name: string;
  readonly role: Role;
  readonly pilot: boolean;
  readonly must_change_password: boolean;
  readonly expires_at: Date;
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly slug: string;
  readonly plan: Plan;
  readonly status: TenantStatus;
  readonly settings: unknown;
}

/**
 * The visitor a token stands for, or undefined when it is unknown, idle for too long or past its end. Reading it
 * counts as activity. Throws the refusal of the tenant's status.
 */
export async function loadSession(context: CutlistContext, token: string): Promise<Visitor | undefined> {
  const tenantId = tenantOfToken(token);
  if (tenantId === undefined) return undefined;
  const row = await inTenant(context.pool, tenantId, async (db) => {
    const now = context.clock();
    const { rows } = await db.query<SessionRow>(
      `update sessions s set last_seen_at = $2
         from users u join tenants t on t.id = u.tenant_id
        where s.token_hash = $1 and u.tenant_id = s.tenant_id and u.id = s.user_id
          and s.last_seen_at > $3 and s.expires_at > $2
       returning u.id as user_id, u.email, u.full_name, u.role, u.pilot, u.must_change_password, s.expires_at,
                 t.id as tenant_id, t.name as tenant_name, t.slug, t.plan, t.status, t.settings`,
      [hashToken(token), now, new Date(now.getTime() - context.session.idleMs)],
    );
    return rows[0];
  });
  if (row === undefined) return undefined;
  const refusal = admitByStatus(row.status, row);
  if (refusal !== undefined) throw refusal;
  return toVisitor(row, token);
}

const toVisitor = (row: SessionRow, token: string): Visitor => ({
  tenantId: row.tenant_id,
  userId: row.user_id,
  email: row.email,
  fullName: row.full_name,
  role: row.role,
  mustChangePassword: row.must_change_password,
  pilot: row.pilot || row.role === 'admin',
  tenant: {
    id: row.tenant_id,
    name: row.tenant_name,
    slug: row.slug,
    plan: row.plan,
    status: row.status,
    settings: row.settings,
  },
  token,
  expiresAt: row.expires_at,
});
