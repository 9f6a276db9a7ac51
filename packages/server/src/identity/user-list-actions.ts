/**
 * The users a client hands in as a list, from a runbook (INT-16, LIFE-32): made with the tenant, and written to once it is
 * live. Lists too long for an intake are uploaded (`import-users.ts`).
 */
import { z } from 'zod';
import { type ActionContext, defineAction, defineCheck, isKnown } from '../connectors/kit/index.ts';
import { findTenant, tenantOf } from '../tenants/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { deleteUser } from './delete-user.ts';
import type { InviteActionDeps } from './invite-action.ts';
import { emailTaken, inviteUser } from './invite-user.ts';
import { countInvited, countWaiting, mailWaiting } from './jobs.ts';
import { findUserByEmail } from './load.ts';

const LIST_MAX = 1_000;
/** In one transaction; past it the list was uploaded, and the job that takes it in invites as well. */
const MAILED_MAX = 10_000;

const tenantField = z.uuid().optional().describe('Id of the tenant; that of the run unless given');
const listed = z.object({
  email: z.email().max(320),
  full_name: z.string().trim().min(1).max(255),
  role: z.string().describe('A role key of the product'),
});
const input = z.strictObject({ tenant: tenantField, users: z.array(listed).min(1).max(LIST_MAX) });
const output = z.strictObject({ users: z.array(z.strictObject({ user_id: z.string(), email: z.string() })) });

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), user_id: z.string(), created_key: z.string() });

const asStep = <T>({ database, keyring }: InviteActionDeps, ctx: ActionContext, fn: (ctx: VaultCtx) => Promise<T>) =>
  database.transaction('worker', (tx) =>
    fn({ tx, keyring, now: ctx.now, actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id } }),
  );

const keyOf = ({ key }: ActionContext, email: string): string => `${key}/${email.toLowerCase()}`;

/** All of them or none: a list with one fault is corrected and made again. */
export const createAllAction = (deps: InviteActionDeps) =>
  defineAction<Input, Output>({
    name: 'user.create_all',
    version: 1,
    summary: 'Makes the users of a list, each with a role of the product; mails nobody yet',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, wanted) {
      const users = isKnown(wanted) && isKnown(wanted.users) ? wanted.users : undefined;
      if (users === undefined) return { changes: [{ verb: 'create', kind: 'user', name: 'the users of the list' }] };
      const emails = users.flatMap((user) => (isKnown(user) && isKnown(user.email) ? [user.email] : []));
      const tenantId = ctx.tenant?.id;
      if (tenantId === undefined) return { changes: emails.map((name) => ({ verb: 'create', kind: 'user', name })) };
      return asStep(deps, ctx, async ({ tx }) => {
        const changes = [];
        for (const email of emails) {
          const existing = await findUserByEmail(tx, tenantId, email);
          if (existing !== undefined && existing.createdKey !== keyOf(ctx, email)) throw emailTaken(email);
          changes.push({
            verb: existing === undefined ? ('create' as const) : ('none' as const),
            kind: 'user',
            name: email,
          });
        }
        return { changes };
      });
    },

    async apply(ctx, wanted) {
      const tenantId = tenantOf(ctx, wanted.tenant);
      return asStep(deps, ctx, async (step) => {
        const made = [];
        for (const { email, full_name: fullName, role } of wanted.users) {
          const wish = { tenantId, email, fullName, role, pilot: false, mail: false, key: keyOf(ctx, email) };
          made.push(await inviteUser(step, deps, wish));
        }
        return {
          output: { users: made.map(({ id, email }) => ({ user_id: id, email })) },
          resources: made.map(({ id, email }) => ({
            kind: 'user',
            externalId: id,
            name: email,
            claim: 'created' as const,
            undo: { tenant_id: tenantId, user_id: id, created_key: keyOf(ctx, email) },
          })),
        };
      });
    },

    async verify(ctx, wanted, applied) {
      const { missing, different } = await compare(deps, ctx, wanted);
      return {
        ok: missing.length + different.length === 0,
        expected: { missing: [], different: [] },
        actual: { missing, different },
        output: applied.output,
      };
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

const mailInput = z.strictObject({ tenant: tenantField });
const mailOutput = z.strictObject({ invited: z.int().describe('Users who have a link, whenever it was mailed') });

/** Twice is once: who has a link already gets no other. */
export const inviteWaitingAction = (deps: InviteActionDeps) =>
  defineAction<z.output<typeof mailInput>, z.output<typeof mailOutput>>({
    name: 'user.invite_waiting',
    version: 1,
    summary: 'Mails the invitation to every user of the tenant who was made without one',
    delivery: 'idempotent',
    undoability: 'irreversible',
    input: mailInput,
    output: mailOutput,
    plan: async () => ({ changes: [{ verb: 'create', kind: 'e-mail', name: 'invitations' }] }),
    async apply(ctx, { tenant }) {
      const tenantId = tenantOf(ctx, tenant);
      const invited = await asStep(deps, ctx, async (step) => {
        await mailWaiting(step, deps, tenantId, MAILED_MAX);
        return countInvited(step.tx, tenantId);
      });
      const name = ctx.tenant?.slug ?? tenantId;
      const undo = { tenant_id: tenantId };
      return {
        output: { invited },
        resources: [{ kind: 'invitations', externalId: tenantId, name, claim: 'created', undo }],
      };
    },
    async verify(ctx, { tenant }, applied) {
      const waiting = await asStep(deps, ctx, ({ tx }) => countWaiting(tx, tenantOf(ctx, tenant)));
      return { ok: waiting === 0, expected: { waiting: 0 }, actual: { waiting }, output: applied.output };
    },
    undo: async () => ({ outcome: 'left', note: 'a mail that was sent stays sent' }),
  });

const rolesInput = z.strictObject({
  tenant: tenantField,
  users: z.array(z.object({ email: z.email(), role: z.string() })).max(LIST_MAX),
});
const rolesOutput = z.strictObject({
  /** Addresses of the list that the tenant has no user with. */
  missing: z.array(z.string()),
  different: z.array(z.strictObject({ email: z.string(), expected: z.string(), actual: z.string() })),
});

/** `user.roles`: whether each user of a list has the role the list gives them (VAL-29). */
export const rolesCheck = (deps: InviteActionDeps) =>
  defineCheck<z.output<typeof rolesInput>, z.output<typeof rolesOutput>>({
    name: 'user.roles',
    version: 1,
    summary: 'Whether each user of a list is there, with the role the list gives them',
    input: rolesInput,
    output: rolesOutput,
    run: (ctx, wanted) => compare(deps, ctx, wanted),
  });

async function compare(deps: InviteActionDeps, ctx: ActionContext, wanted: z.output<typeof rolesInput>) {
  const tenantId = tenantOf(ctx, wanted.tenant);
  const emails = wanted.users.map(({ email }) => email.toLowerCase());
  const { rows } = await asStep(deps, ctx, ({ tx }) =>
    tx.query<{ email: string; role: string }>(
      'select lower(email) as email, role from users where tenant_id = $1 and lower(email) = any($2::text[])',
      [tenantId, emails],
    ),
  );
  const roles = new Map(rows.map(({ email, role }) => [email, role]));
  const missing: string[] = [];
  const different: { email: string; expected: string; actual: string }[] = [];
  for (const { email, role } of wanted.users) {
    const actual = roles.get(email.toLowerCase());
    if (actual === undefined) missing.push(email);
    else if (actual !== role) different.push({ email, expected: role, actual });
  }
  return { missing, different };
}
