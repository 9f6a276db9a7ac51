import { canonicalJson } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, systemActor } from '../../access/index.ts';
import { listAudit } from '../../audit/index.ts';
import { type ActionContext, type Applied, defineAction, isKnown, isWhollyKnown } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { listContacts, removeContact, setContact } from '../contacts.ts';
import { CLIENT_CONTACT_ROLES } from '../core/contacts.ts';
import { findTenant } from '../load.ts';
import { asStep, plannedTenantOf, reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const person = z.strictObject({ name: z.string().min(1), email: z.email(), phone: z.string().min(1).optional() });
const input = z.strictObject({
  tenant: tenantField,
  /** Who holds which function at the client (ROLE-06); those left out stay as they are. */
  contacts: z.partialRecord(z.enum(CLIENT_CONTACT_ROLES), person),
});
const output = z.strictObject({ tenant_id: z.string(), roles: z.array(z.string()) });

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;
type Holder = z.output<typeof person>;

const stored = person.extend({ phone: z.string().nullable().optional() });

/** As it was before, for the way back; null: nobody held the function. */
const undoFacts = z.object({
  tenant_id: z.string(),
  role: z.enum(CLIENT_CONTACT_ROLES),
  before: stored.nullable(),
});

const holderOf = ({ name, email, phone }: z.output<typeof stored>): Holder => ({
  name,
  email,
  ...(phone === null || phone === undefined ? {} : { phone }),
});
const wantedOf = ({ contacts }: Input) =>
  CLIENT_CONTACT_ROLES.flatMap((role) => {
    const wanted = contacts[role];
    return wanted === undefined ? [] : [{ role, wanted }];
  });
const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

const written = z.object({ role: z.string(), before: stored.loose().nullable() });

/** Who holds which function at the client. */
async function clientHolders(tx: Tx, tenantId: string): Promise<ReadonlyMap<string, Holder>> {
  const contacts = await listContacts(tx, tenantId);
  return new Map(
    contacts.filter(({ party }) => party === 'client').map((contact) => [contact.role, holderOf(contact)]),
  );
}

/** What this run found when it first set the function: an attempt cut off before it could say so, or an earlier round. */
async function setByThisRun(step: Ctx, ctx: ActionContext, tenantId: string, role: string) {
  const filter = { tenantId, runId: ctx.run.id, action: 'tenant.contact_set' };
  const { rows } = await listAudit({ ...step, actor: systemActor('tenants') }, filter, { limit: 100 });
  const found = rows.map(({ detail }) => written.safeParse(detail)).findLast(({ data }) => data?.role === role)?.data;
  if (found === undefined) return undefined;
  return { before: found.before === null ? null : holderOf(found.before) };
}

/** `tenant.set_contacts`: whom to call at the client, by function. */
export const setContactsAction = ({ database }: TenantActionDeps) =>
  defineAction<Input, Output>({
    name: 'tenant.set_contacts',
    version: 1,
    summary: 'Keeps whom to call at the client, by function',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, given) {
      const tenantId = plannedTenantOf(ctx, isKnown(given) ? given.tenant : undefined);
      const name = ctx.tenant?.slug ?? 'a tenant';
      const change = { verb: 'change' as const, kind: 'contacts', name };
      if (!isKnown(given) || !isWhollyKnown(given) || tenantId === undefined) return { changes: [change] };
      const before = await reading(database, (tx) => clientHolders(tx, tenantId));
      const changes = wantedOf(given as Input)
        .filter(({ role, wanted }) => !isSame(before.get(role), wanted))
        .map(({ role, wanted }) => ({ ...change, name: `${name} ${role}`, after: { ...wanted } }));
      return { changes };
    },

    async apply(ctx, given): Promise<Applied<Output>> {
      const tenantId = tenantOf(ctx, given.tenant);
      return asStep(database, ctx, async (step) => {
        const before = await clientHolders(step.tx, tenantId);
        const slug = (await findTenant(step.tx, tenantId))?.slug ?? tenantId;
        const resources: Applied<Output>['resources'][number][] = [];
        for (const { role, wanted } of wantedOf(given)) {
          const held = before.get(role) ?? null;
          const mine = await setByThisRun(step, ctx, tenantId, role);
          const same = isSame(held, wanted) && mine === undefined;
          const earlier = mine === undefined ? held : mine.before;
          if (!isSame(held, wanted)) await setContact(step, tenantId, { party: 'client', role, ...wanted });
          resources.push({
            kind: 'contact',
            externalId: `${tenantId}/${role}`,
            name: `${slug} ${role}`,
            claim: same ? 'adopted' : earlier === null ? 'created' : 'changed',
            undo: { tenant_id: tenantId, role, before: earlier },
          });
        }
        return { output: { tenant_id: tenantId, roles: wantedOf(given).map(({ role }) => role) }, resources };
      });
    },

    async verify(ctx, given, { output: made }) {
      const now = await reading(database, (tx) => clientHolders(tx, tenantOf(ctx, given.tenant)));
      const expected = Object.fromEntries(wantedOf(given).map(({ role, wanted }) => [role, wanted]));
      const actual = Object.fromEntries(
        wantedOf(given).flatMap(({ role }) => {
          const holder = now.get(role);
          return holder === undefined ? [] : [[role, holder]];
        }),
      );
      return { ok: isSame(actual, expected), expected, actual, output: made };
    },

    async undo(ctx, resource) {
      if (resource.claim === 'adopted') return { outcome: 'left', note: 'it was there before the step' };
      const { tenant_id: tenantId, role, before } = undoFacts.parse(resource.undo);
      return asStep(database, ctx, async (step) => {
        if ((await findTenant(step.tx, tenantId)) === undefined) return { outcome: 'absent' };
        if (before !== null) {
          const earlier = holderOf(before);
          if (isSame((await clientHolders(step.tx, tenantId)).get(role), earlier)) return { outcome: 'absent' };
          await setContact(step, tenantId, { party: 'client', role, ...earlier });
          return { outcome: 'removed' };
        }
        const removed = await removeContact(step, tenantId, { party: 'client', role });
        return { outcome: removed ? 'removed' : 'absent' };
      });
    },
  });
