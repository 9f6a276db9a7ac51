import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { RUNBOOK_ROLE } from '../create-person.ts';
import { parseInput } from '../parse-input.ts';
import { type Person, people } from '../tables.ts';
import {
  assertGrantsFit,
  assertOwnerRemains,
  assertStillOwner,
  grantForAudit,
  isLastingOwner,
  lockGrants,
  newGrantSchema,
  readGrants,
  writeGrants,
} from './grants.ts';
import { loadOperator } from './load-operator.ts';

export const grantsInputSchema = z.strictObject({
  personId: z.uuid(),
  grants: z.array(newGrantSchema).max(50),
  /** Runbook roles; kept as they are when left out. */
  roles: z.array(RUNBOOK_ROLE).max(50).optional(),
  reason: z.string().trim().min(1).max(1_000),
});

export type GrantsInput = z.input<typeof grantsInputSchema>;

const BY_HAND = ['person', 'setup'] as const;

/**
 * Says what a person of the vendor may do from now on: the grants take the place of those given by hand before, and
 * keys and sessions follow within `STALE_MS`. What the groups of the vendor's provider give is not touched.
 *
 * @throws access.forbidden, access.own_role, access.last_owner, access.person_not_found, request.invalid
 */
export async function setGrants(ctx: Ctx, input: GrantsInput): Promise<void> {
  permit(ctx.actor, 'operators:write');
  const { personId, grants, roles, reason } = parseInput(grantsInputSchema, input);
  refuseOneself(ctx, personId);
  await lockGrants(ctx.tx);
  await assertStillOwner(ctx);
  await assertGrantsFit(ctx, grants);
  const person = await loadOperator(ctx, personId);
  const before = await readGrants(ctx.tx, personId, BY_HAND);
  const wasOwner = await isLastingOwner(ctx.tx, personId);
  await writeGrants(ctx, personId, grants, { replace: BY_HAND, write: 'person' });
  if (roles !== undefined) await ctx.tx.orm.update(people).set({ roles }).where(eq(people.id, personId));
  if (wasOwner) await assertOwnerRemains(ctx.tx, person);
  await recordAudit(ctx, {
    action: 'operator.granted',
    subject: { kind: 'person', id: personId, name: person.name },
    reason,
    detail: {
      from: { grants: before.map(grantForAudit), roles: person.roles },
      to: { grants: grants.map(grantForAudit), roles: roles ?? person.roles },
    },
  });
}

/** @throws access.own_role */
export function refuseOneself({ actor }: Ctx, personId: Person['id']): void {
  if (actor.kind !== 'person' || actor.id !== personId) return;
  throw new TenantryError('access.own_role', 'Nobody changes what they themselves may do.', {
    next: 'Ask another owner.',
  });
}
