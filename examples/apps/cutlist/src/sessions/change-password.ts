import { auditAct } from '../audit/list-audit.ts';
import type { CutlistContext } from '../context.ts';
import { inTenant } from '../db/in-tenant.ts';
import { Refusal } from '../refusal.ts';
import { countAttempt } from './count-attempt.ts';
import type { Visitor } from './load-session.ts';
import { startSession } from './log-in.ts';
import { findPasswordFaults, hashPassword, isPasswordOf } from './passwords.ts';

export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Every session of the person ends, and a new one starts for whoever knew the present password. Returns its token. */
export async function changePassword(
  context: CutlistContext,
  visitor: Visitor,
  change: PasswordChange,
): Promise<string> {
  const { tenantId, userId } = visitor;
  const now = context.clock();
  countAttempt(context, userId, now);
  const stored = await inTenant(context.pool, tenantId, async (db) => {
    const { rows } = await db.query<{ password_hash: string | null }>('select password_hash from users where id = $1', [
      userId,
    ]);
    return rows[0]?.password_hash;
  });
  if (!(await isPasswordOf(stored, change.currentPassword))) {
    throw invalid([{ path: 'currentPassword', message: 'This is not your present password.' }]);
  }
  context.passwordAttempts.forget(userId);
  const faults = findPasswordFaults(change.newPassword, { email: visitor.email, current: change.currentPassword });
  if (faults.length > 0) throw invalid(faults);

  const passwordHash = await hashPassword(change.newPassword);
  return await inTenant(context.pool, tenantId, async (db) => {
    // Only over the hash that was checked: of two changes at once, the second does not win unseen.
    const { rowCount } = await db.query(
      `update users set password_hash = $2, must_change_password = false where id = $1 and password_hash = $3`,
      [userId, passwordHash, stored],
    );
    if (rowCount !== 1) throw invalid([{ path: 'currentPassword', message: 'Your password was changed meanwhile.' }]);
    await db.query('delete from sessions where user_id = $1', [userId]);
    await auditAct({ db, visitor, now, guard: context.guard }, 'password.changed', {});
    return await startSession(context, db, tenantId, userId);
  });
}

const invalid = (faults: readonly { path: string; message: string }[]): Refusal =>
  new Refusal('invalid', 'The password was not changed.', { faults });
