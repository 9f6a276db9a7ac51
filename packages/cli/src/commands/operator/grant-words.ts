import { platformRoleSchema, TenantryError } from '@tenantry/contract';
import { plainLine } from '../../terminal/plain-text.ts';

const PLACE = /^([a-z_]+)(?:@([a-z][a-z0-9-]*))?(?::(client_[0-9a-f-]+))?$/;

/**
 * `engineer`, `engineer@cutlist`, `support:client_…`, `sales@cutlist:client_…`: a role, for one product, for one client.
 *
 * @throws command.invalid
 */
export function parseGrant(text: string): { role: string; product?: string; client?: string } {
  const [, role = '', product, client] = PLACE.exec(text) ?? [];
  if (!platformRoleSchema.options.some((known) => known === role)) {
    throw new TenantryError('command.invalid', `"${text}" is not a role.`, {
      next: `Write one of ${platformRoleSchema.options.join(', ')}, with @PRODUCT and :CLIENT where it is limited.`,
    });
  }
  return { role, ...(product === undefined ? {} : { product }), ...(client === undefined ? {} : { client }) };
}

/** The same form, for people. */
export const grantText = (grant: { role: string; product: string | null; client_id: string | null }): string =>
  plainLine(
    `${grant.role}${grant.product === null ? '' : `@${grant.product}`}${grant.client_id === null ? '' : `:${grant.client_id}`}`,
  );
