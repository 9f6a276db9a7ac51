import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { assertMayGrant } from './grant.ts';
import { parseInput } from './parse-input.ts';
import { type Person, people } from './tables.ts';

export const RUNBOOK_ROLE = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9_]*$/, 'expects a role as runbooks name it, e.g. engineering_lead');

export const newPersonSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    email: z.email().max(254),
    party: z.enum(['vendor', 'client']),
    roles: z.array(RUNBOOK_ROLE).default([]),
    clientId: z.uuid().optional(),
    development: z.boolean().default(false),
  })
  .refine((person) => (person.party === 'client') === (person.clientId !== undefined), {
    path: ['clientId'],
    message: 'expects the id of a client for a person of a client, and none for a person of the vendor',
  });

export type NewPerson = z.input<typeof newPersonSchema>;

/**
 * Creates a person who may be given keys. One of the vendor can do nothing until `setGrants` gives them a role.
 *
 * @throws access.forbidden, access.email_taken, request.invalid
 */
export async function createPerson(ctx: Ctx, input: NewPerson): Promise<{ id: string }> {
  permit(ctx.actor, 'keys:write');
  const person = parseInput(newPersonSchema, input);
  assertMayGrant(ctx.actor, { roles: person.roles, scopes: [], development: person.development });
  assertSameClient(ctx, person.clientId);
  return insertPerson(ctx, { ...person, clientId: person.clientId ?? null });
}

type PersonFields = Omit<Person, 'id' | 'createdAt' | 'disabledAt'>;

/** Writes the row and its audit row; who may do so was decided before. @throws access.email_taken */
export async function insertPerson(ctx: Ctx, person: PersonFields): Promise<{ id: string }> {
  const [created] = await ctx.tx.orm
    .insert(people)
    .values({ ...person, createdAt: ctx.now })
    .onConflictDoNothing()
    .returning({ id: people.id });
  if (created === undefined) {
    throw new TenantryError('access.email_taken', `Another person has the address ${person.email}.`, {
      next: 'Use that person, or another address.',
      facts: { email: person.email },
    });
  }
  await recordAudit(ctx, {
    action: 'person.created',
    subject: { kind: 'person', id: created.id, name: person.name },
    detail: { email: person.email, party: person.party, roles: person.roles, development: person.development },
  });
  return created;
}

function assertSameClient(ctx: Ctx, clientId: string | undefined): void {
  if (ctx.actor.kind !== 'person' || ctx.actor.clientId === undefined || ctx.actor.clientId === clientId) return;
  throw new TenantryError('access.forbidden', 'People of a client can only add people of the same client.', {
    next: 'Ask somebody at the vendor.',
  });
}
