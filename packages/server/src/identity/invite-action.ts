/** `user.invite`: a user of the tenant with a role of the product, who chooses a password by the link of a mail. */
import { z } from 'zod';
import { type ActionContext, defineAction, isKnown } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { findTenant, tenantOf } from '../tenants/index.ts';
import type { Keyring, VaultCtx } from '../vault/index.ts';
import type { IdentityDeps } from './authentication.ts';
import { deleteUser } from './delete-user.ts';
import { emailTaken, inviteUser } from './invite-user.ts';
import { findUser, findUserByEmail } from './load.ts';

export interface InviteActionDeps extends Pick<IdentityDeps, 'enqueueMail' | 'links'> {
  readonly database: Database;
  readonly keyring: Keyring;
}

const input = z.strictObject({
  tenant: z.uuid().optional().describe('Id of the tenant; that of the run unless given'),
  email: z.email().max(320),
  full_name: z.string().trim().min(1).max(255),
  role: z.string().describe('A role key of the product'),
  pilot: z.boolean().default(false).describe('May log in before go-live'),
});

const output = z.strictObject({ user_id: z.string(), email: z.string(), role: z.string() });

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), user_id: z.string(), created_key: z.string() });

const asStep = <T>({ database, keyring }: InviteActionDeps, ctx: ActionContext, fn: (ctx: VaultCtx) => Promise<T>) =>
  database.transaction('worker', (tx) =>
    fn({ tx, keyring, now: ctx.now, actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id } }),
  );

/** The users a client names at the start are made with it, one for each round of a `repeat` (PADM-08). */
export const inviteAction = (deps: InviteActionDeps) =>
  defineAction<Input, Output>({
    name: 'user.invite',
    version: 1,
    summary: 'Invites a user of the tenant with a role of the product',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, wanted) {
      const email = isKnown(wanted) && isKnown(wanted.email) ? wanted.email : undefined;
      const tenantId = ctx.tenant?.id;
      const name = email ?? 'a user';
      if (tenantId === undefined || email === undefined) return { changes: [{ verb: 'create', kind: 'user', name }] };
      const existing = await asStep(deps, ctx, ({ tx }) => findUserByEmail(tx, tenantId, email));
      if (existing !== undefined && existing.createdKey !== ctx.key) throw emailTaken(email);
      return { changes: [{ verb: existing === undefined ? 'create' : 'none', kind: 'user', name }] };
    },

    async apply(ctx, wanted) {
      const tenantId = tenantOf(ctx, wanted.tenant);
      const { email, full_name: fullName, role, pilot } = wanted;
      const wish = { tenantId, email, fullName, role, pilot, key: ctx.key };
      const user = await asStep(deps, ctx, (step) => inviteUser(step, deps, wish));
      return {
        output: { user_id: user.id, email: user.email, role: user.role },
        resources: [
          {
            kind: 'user',
            externalId: user.id,
            name: user.email,
            claim: 'created',
            undo: { tenant_id: tenantId, user_id: user.id, created_key: ctx.key },
          },
        ],
      };
    },

    async verify(ctx, wanted, applied) {
      const tenantId = tenantOf(ctx, wanted.tenant);
      const row = await asStep(deps, ctx, ({ tx }) => findUser(tx, tenantId, applied.output.user_id));
      const expected = { email: wanted.email, role: wanted.role, can_get_in: true };
      // Invited, or in already: both are what was asked for.
      const actual =
        row === undefined ? null : { email: row.email, role: row.role, can_get_in: row.status !== 'disabled' };
      const ok = JSON.stringify(actual) === JSON.stringify(expected);
      return { ok, expected, actual, output: applied.output };
    },

    async undo(ctx, resource) {
      const { tenant_id: tenantId, user_id: userId, created_key: createdKey } = undoFacts.parse(resource.undo);
      return asStep(deps, ctx, async (step) => {
        if ((await findTenant(step.tx, tenantId)) === undefined) return { outcome: 'absent' as const };
        const deleted = await deleteUser(step, { tenantId, userId, createdKey, reason: 'rolled back' });
        return { outcome: deleted ? ('removed' as const) : ('absent' as const) };
      });
    },
  });
