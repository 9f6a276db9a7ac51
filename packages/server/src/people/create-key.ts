import { bug, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit, SCOPES } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { assertMayGrant } from './grant.ts';
import { ceilingOf } from './holders.ts';
import { newKey } from './key-text.ts';
import { loadPerson } from './load.ts';
import { parseInput } from './parse-input.ts';
import { apiKeys } from './tables.ts';

export const newKeySchema = z.strictObject({
  personId: z.uuid(),
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(SCOPES)).min(1),
  expiresAt: z.date().optional(),
});

export type NewKeyInput = z.input<typeof newKeySchema>;

export interface CreatedKey {
  readonly id: string;
  /** The whole key. Show it to the person once; only its hash is kept. */
  readonly key: string;
}

/**
 * Gives a person a key. Its holder acts with the person's roles, so whoever issues it must hold those too. It never
 * carries more than the person's grants, and shrinks with them.
 *
 * @throws access.forbidden, access.person_not_found, request.invalid
 */
export async function createKey(ctx: Ctx, input: NewKeyInput): Promise<CreatedKey> {
  permit(ctx.actor, 'keys:write');
  const { personId, name, scopes, expiresAt } = parseInput(newKeySchema, input);
  if (expiresAt !== undefined && expiresAt <= ctx.now) throw alreadyExpired(expiresAt);
  const person = await loadPerson(ctx, personId);
  if (person.disabledAt !== null) throw disabled(person.name);
  assertMayGrant(ctx.actor, { roles: person.roles, scopes, development: person.development });
  const ceiling = await ceilingOf(ctx.tx, person, ctx.now);
  const beyond = scopes.filter((scope) => !ceiling.includes(scope));
  if (beyond.length > 0) throw beyondGrants(person.name, beyond);
  const key = newKey();
  const [created] = await ctx.tx.orm
    .insert(apiKeys)
    .values({
      personId,
      name,
      scopes: [...new Set(scopes)],
      keyHash: key.hash,
      prefix: key.prefix,
      createdAt: ctx.now,
      expiresAt: expiresAt ?? null,
    })
    .returning({ id: apiKeys.id });
  if (created === undefined) throw bug('An INSERT … RETURNING gave no row.');
  await recordAudit(ctx, {
    action: 'key.created',
    subject: { kind: 'key', id: created.id, name },
    detail: { personId, person: person.name, scopes, prefix: key.prefix, expiresAt: expiresAt?.toISOString() ?? null },
  });
  return { id: created.id, key: key.text };
}

const alreadyExpired = (expiresAt: Date): TenantryError =>
  new TenantryError('request.invalid', `The key would already have expired at ${expiresAt.toISOString()}.`, {
    faults: [{ path: 'expiresAt', message: 'expects a time to come' }],
    next: 'Name a later time, or leave it out.',
  });

const beyondGrants = (name: string, scopes: readonly string[]): TenantryError =>
  new TenantryError('access.forbidden', `${name} holds no role that gives ${scopes.join(', ')}.`, {
    next: 'Leave it out, or ask an owner to give the person such a role.',
    facts: { scopes },
  });

const disabled = (name: string): TenantryError =>
  new TenantryError('request.invalid', `${name} is disabled, so a key would open nothing.`, {
    faults: [{ path: 'personId', message: 'is disabled' }],
    next: 'Choose another person.',
  });
