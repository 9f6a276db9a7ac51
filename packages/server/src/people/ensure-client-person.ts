import { TenantryError } from '@tenantry/contract';
import { eq, sql } from 'drizzle-orm';
import { type Ctx, isClientPerson, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { insertPerson } from './create-person.ts';
import { people } from './tables.ts';

export interface WantedClientPerson {
  readonly clientId: string;
  readonly email: string;
  readonly name: string;
  /** A role of the client in a runbook; it is added to those the person has. */
  readonly role: string;
}

export interface ClientPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/**
 * Somebody of a client by their address, written down when Tenantry does not know them yet. Such a person gets no key by
 * it: they act through the portal. A role of the client is nothing of the vendor's, so no role of one's own is handed on.
 *
 * @throws access.forbidden; portal.person_refused when the address is somebody else's, or theirs who was disabled
 */
export async function ensureClientPerson(ctx: Ctx, wanted: WantedClientPerson): Promise<ClientPerson> {
  const { clientId, email, name, role } = wanted;
  permit(ctx.actor, 'runs:write', { clientId });
  if (isClientPerson(ctx.actor)) {
    throw new TenantryError('access.forbidden', 'Portal links are made by people of the vendor.', {
      next: 'Ask your contact there.',
    });
  }
  const [known] = await ctx.tx.orm
    .select()
    .from(people)
    .where(eq(sql`lower(${people.email})`, email.toLowerCase()))
    .for('update');
  if (known === undefined) {
    const fields = { name, email, party: 'client' as const, roles: [role], clientId, development: false };
    const { id } = await insertPerson(ctx, fields);
    return { id, name, email };
  }
  if (known.party !== 'client' || known.clientId !== clientId || known.disabledAt !== null) throw refused(email);
  if (!known.roles.includes(role)) {
    await ctx.tx.orm
      .update(people)
      .set({ roles: [...known.roles, role] })
      .where(eq(people.id, known.id));
    await recordAudit(ctx, {
      action: 'person.role_added',
      subject: { kind: 'person', id: known.id, name: known.name },
      detail: { role },
    });
  }
  return { id: known.id, name: known.name, email: known.email };
}

/** Whose the address is, is not told: the actor may not reach them. */
const refused = (email: string): TenantryError =>
  new TenantryError('portal.person_refused', `No portal link can be made for ${email} at this client.`, {
    next: 'Use the address of somebody of this client who is not disabled.',
    facts: { email },
  });
