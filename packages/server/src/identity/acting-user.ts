/** Users of tenants as those who act: who stands in the audit log, and what they may do. */
import { TenantryError } from '@tenantry/contract';
import { type Ctx, permitUserAct, systemActor, type UserAct, type UserActor } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { loadRoles } from '../tenants/index.ts';
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
 * @throws access.forbidden, user.email_unverified, user.not_found
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
  if (!user.mustVerifyEmail) return actor;
  throw new TenantryError('user.email_unverified', 'Your e-mail address is not verified yet.', {
    next: 'Open the link in the mail, or ask for another one.',
  });
}

const ACCOUNTS = systemActor('accounts');

/**
 * For what a permitted verb does on its way: no user holds a scope of the platform, so where one acts it is the
 * machinery that holds the tenant's row and opens the vault. Anybody else goes on as themselves.
 */
export const onBehalf = <C extends Pick<Ctx, 'actor'>>(ctx: C): C =>
  ctx.actor.kind === 'user' ? { ...ctx, actor: ACCOUNTS } : ctx;
