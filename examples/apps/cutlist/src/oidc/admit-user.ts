import { recordAudit } from '../audit/record.ts';
import type { CutlistContext } from '../context.ts';
import { inTenant, type TenantDb } from '../db/in-tenant.ts';
import { Refusal } from '../refusal.ts';
import type { Role } from '../sessions/load-session.ts';
import { startSession } from '../sessions/log-in.ts';
import { admitByStatus, type TenantStatus } from '../tenants/status-gate.ts';
import type { ProvenUser } from './provider.ts';

interface UserRow {
  readonly id: string;
  readonly role: Role;
  readonly pilot: boolean;
}

/** Role keys of the product, as the control plane has them; anything it adds later may read until we know better. */
const ROLES: Readonly<Record<string, Role>> = { admin: 'admin', user: 'member', member: 'member', viewer: 'viewer' };

/**
 * Lets in somebody the provider has proven, in the tenant it names, and returns the session's token. They are known by
 * issuer and subject; an address may change and proves nothing by itself.
 */
export function admitUser(context: CutlistContext, proven: ProvenUser): Promise<string> {
  const { tenantId } = proven;
  return inTenant(context.pool, tenantId, async (db) => {
    const now = context.clock();
    const { rows } = await db.query<{ status: TenantStatus }>('select status from tenants where id = $1', [tenantId]);
    const status = rows[0]?.status;
    // The provider knows the tenant before, or after, we do.
    if (status === undefined) throw new Refusal('login_refused', 'Your workshop is not set up here.');
    const role = ROLES[proven.role] ?? 'viewer';
    const user = await findOrMakeUser(db, proven, role);
    const closed = admitByStatus(status, { role, pilot: user.pilot });
    if (closed !== undefined) throw closed;
    await db.query('update users set last_login_at = $2 where id = $1', [user.id, now]);
    await recordAudit(db, {
      tenantId,
      actor: proven.email,
      action: 'session.started',
      at: now,
      detail: { by: 'oidc' },
    });
    const { sid, idToken } = proven;
    return startSession(context, db, tenantId, user.id, { sid: sid ?? null, idToken });
  });
}

async function findOrMakeUser(db: TenantDb, proven: ProvenUser, role: Role): Promise<UserRow> {
  const { tenantId, issuer, subject, email, name } = proven;
  const values = [tenantId, issuer, subject, email, name, role];
  const known = await db.query<UserRow>(
    `update users set email = $4, full_name = $5, role = $6
     where tenant_id = $1 and oidc_issuer = $2 and oidc_subject = $3 returning id, role, pilot`,
    values,
  );
  if (known.rows[0] !== undefined) return known.rows[0];
  // A row that the control plane made before the first log-in: it is taken over once, and its password ends with that.
  const provisioned = await db.query<UserRow>(
    `update users set oidc_issuer = $2, oidc_subject = $3, full_name = $5, role = $6, password_hash = null,
       must_change_password = false
     where tenant_id = $1 and lower(email) = lower($4) and oidc_subject is null returning id, role, pilot`,
    values,
  );
  if (provisioned.rows[0] !== undefined) return provisioned.rows[0];
  const made = await db.query<UserRow>(
    `insert into users (tenant_id, oidc_issuer, oidc_subject, email, full_name, role, must_change_password)
     values ($1, $2, $3, $4, $5, $6, false) on conflict do nothing returning id, role, pilot`,
    values,
  );
  if (made.rows[0] !== undefined) return made.rows[0];
  // Somebody else had this address before, and theirs is not to be taken over.
  throw new Refusal('email_taken', 'Somebody else of your workshop has your e-mail address. Ask an administrator.');
}
