/** Users of tenants as those who act: who stands in the audit log, and what they may do. */
import { TenantryError } from '@tenantry/contract';
import { type Ctx, permitUserAct, systemActor, type UserAct, type UserActor } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { loadRoles, loadTenant } from '../tenants/index.ts';
import { findUser, notFound, type User } from './load.ts';

type Acting = Pick<User, 'id' | 'tenantId' | 'fullName' | 'email'>;

/** A user on their own account: a password, a second factor, a session of theirs. */
export const actingUser = ({ id: userId, tenantId, fullName: name, email }: Acting): UserActor => ({
  kind: 'user',
  tenantId,
  userId,
  name,
  email,
});

/**
 * A user who does something with the users of their tenant: by the role in the table, not by what a token says.
 *
 * @throws access.forbidden, user.email_unverified, user.not_found; tenant.read_only for a change
 */
export async function actingAdministrator(
  tx: Tx,
  { tenantId, id }: Pick<Acting, 'tenantId' | 'id'>,
  act: UserAct,
): Promise<UserActor> {
  const user = await findUser(tx, tenantId, id);
  if (user === undefined) throw notFound(id);
  const permission = (await loadRoles(tx, tenantId)).find(({ key }) => key === user.role)?.permission;
  const actor = { ...actingUser(user), ...(permission === undefined ? {} : { permission }) };
  permitUserAct(actor, act, tenantId);
  if (act === 'users:write') await assertWritable(tx, tenantId);
  if (!user.mustVerifyEmail) return actor;
  throw new TenantryError('user.email_unverified', 'Your e-mail address is not verified yet.', {
    next: 'Open the link in the mail, or ask for another one.',
  });
}

/**
 * LIFE-05: suspended for reading, a tenant changes nothing. What people do with their own account (a password, a lost
 * second factor) stays possible, and so does reading.
 */
async function assertWritable(tx: Tx, tenantId: string): Promise<void> {
  if ((await loadTenant(tx, tenantId)).accessMode !== 'read-only') return;
  throw new TenantryError('tenant.read_only', 'The tenant is suspended: it can be read, and not changed.', {
    next: 'Settle what it is suspended for, or ask the support of the product.',
  });
}

const ACCOUNTS = systemActor('accounts');

/**
 * For what a permitted verb does on its way: no user holds a scope of the platform, so where one acts it is the
 * machinery that holds the tenant's row and opens the vault. Anybody else goes on as themselves.
 */
export const onBehalf = <C extends Pick<Ctx, 'actor'>>(ctx: C): C =>
  ctx.actor.kind === 'user' ? { ...ctx, actor: ACCOUNTS } : ctx;
