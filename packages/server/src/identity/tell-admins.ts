import { and, eq, inArray } from 'drizzle-orm';
import type { Ctx } from '../access/index.ts';
import { listContacts } from '../tenants/index.ts';
import type { IdentityDeps, OutgoingMail } from './authentication.ts';
import { mailTenant, mailUser } from './mail-user.ts';
import { users } from './tables.ts';
import { loadAdminRoles } from './user-rules.ts';

export interface AdminMail {
  readonly tenantId: string;
  readonly template: OutgoingMail['template'];
  /** One mail for each administrator under it, however often it is told. */
  readonly key: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Writes to every administrator of a tenant who can log in (LIFE-11); to the client's contacts where it has none yet.
 * Answers how many were written to.
 */
export async function tellAdmins(
  ctx: Ctx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  { tenantId, template, key, values }: AdminMail,
): Promise<number> {
  const roles = await loadAdminRoles(ctx.tx, tenantId);
  const admins = await ctx.tx.orm
    .select()
    .from(users)
    .where(and(eq(users.tenantId, tenantId), eq(users.status, 'active'), inArray(users.role, [...roles])));
  for (const admin of admins) await mailUser(ctx, deps, admin, template, { key: `${key}/${admin.id}`, more: values });
  if (admins.length > 0) return admins.length;
  const contacts = (await listContacts(ctx.tx, tenantId)).filter(({ party }) => party === 'client');
  const people = new Map(contacts.map(({ name, email }) => [email.toLowerCase(), { tenantId, fullName: name, email }]));
  for (const [address, person] of people)
    await mailTenant(ctx, deps, person, template, { key: `${key}/${address}`, more: values });
  return people.size;
}
