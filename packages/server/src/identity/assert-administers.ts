import { TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { findUser } from './load.ts';
import { loadAdminRoles } from './user-rules.ts';

/**
 * Whether a user may administer their tenant now: by the role in the table, not by what a token says.
 *
 * @throws access.forbidden, user.email_unverified
 */
export async function assertAdministers(
  { tx }: Ctx,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
): Promise<void> {
  const user = await findUser(tx, tenantId, id);
  if (user === undefined || !(await loadAdminRoles(tx, tenantId)).includes(user.role)) {
    throw new TenantryError('access.forbidden', 'Only an administrator of the tenant may do this.', {
      next: 'Ask an administrator of your company.',
    });
  }
  if (!user.mustVerifyEmail) return;
  throw new TenantryError('user.email_unverified', 'Your e-mail address is not verified yet.', {
    next: 'Open the link in the mail, or ask for another one.',
  });
}
