import { TenantryError } from '@tenantry/contract';
import { and, asc, eq, sql } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadProduct } from '../products/index.ts';
import {
  type Contact,
  type ContactInput,
  type ContactParty,
  type ContactRole,
  type ContactsState,
  contactSchema,
  contactsState,
} from './core/contacts.ts';
import { loadTenant, lockTenant } from './load.ts';
import { tenantContacts } from './tables.ts';

const columns = {
  party: tenantContacts.party,
  role: tenantContacts.role,
  name: tenantContacts.name,
  email: tenantContacts.email,
  phone: tenantContacts.phone,
};

export const listContacts = (tx: Tx, tenantId: string): Promise<readonly Contact[]> =>
  tx.orm
    .select(columns)
    .from(tenantContacts)
    .where(eq(tenantContacts.tenantId, tenantId))
    .orderBy(asc(tenantContacts.party), asc(tenantContacts.role));

/**
 * Sets who holds one function, in place of whoever held it.
 *
 * @throws request.invalid, tenant.not_found, access.forbidden
 */
export async function setContact(ctx: Ctx, tenantId: string, input: ContactInput): Promise<Contact> {
  permit(ctx.actor, 'tenants:write');
  const parsed = contactSchema.safeParse(input);
  if (!parsed.success) {
    throw new TenantryError('request.invalid', 'The contact cannot be kept: a field does not fit.', {
      faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    });
  }
  const tenant = await lockTenant(ctx, tenantId);
  const contact = { ...parsed.data, phone: parsed.data.phone ?? null };
  const before = (await listContacts(ctx.tx, tenantId)).find(
    ({ party, role }) => party === contact.party && role === contact.role,
  );
  await ctx.tx.orm
    .insert(tenantContacts)
    .values({ tenantId, ...contact, createdAt: ctx.now, updatedAt: ctx.now })
    .onConflictDoUpdate({
      target: [tenantContacts.tenantId, tenantContacts.party, tenantContacts.role],
      set: { name: sql`excluded.name`, email: sql`excluded.email`, phone: sql`excluded.phone`, updatedAt: ctx.now },
    });
  await recordAudit(ctx, {
    action: 'tenant.contact_set',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    detail: { ...contact, before: before ?? null },
  });
  return contact;
}

/** Takes whoever holds a function away; false when nobody did. */
export async function removeContact(
  ctx: Ctx,
  tenantId: string,
  { party, role }: { readonly party: ContactParty; readonly role: ContactRole },
): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const removed = await ctx.tx.orm
    .delete(tenantContacts)
    .where(and(eq(tenantContacts.tenantId, tenantId), eq(tenantContacts.party, party), eq(tenantContacts.role, role)))
    .returning({ id: tenantContacts.id });
  if (removed.length === 0) return false;
  await recordAudit(ctx, {
    action: 'tenant.contact_removed',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    detail: { party, role },
  });
  return true;
}

/** Whether both sides know whom to call; ours may come from the product profile. @throws tenant.not_found */
export async function readContactsState(tx: Tx, tenantId: string): Promise<ContactsState> {
  const tenant = await loadTenant(tx, tenantId);
  const { profile } = await loadProduct(tx, tenant.productId);
  return contactsState(await listContacts(tx, tenantId), profile.contacts);
}
