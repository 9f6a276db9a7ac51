import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { mayAct } from '../access/index.ts';
import {
  type ActionContext,
  type Connector,
  defineAction,
  defineCheck,
  defineConnector,
  isKnown,
  Secret,
  secret,
} from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { findTenant, loadRoles, tenantOf } from '../tenants/index.ts';
import { openSecret, type VaultCtx } from '../vault/index.ts';
import { accountChecks } from './account-checks.ts';
import { createUser } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { matchesPassword } from './hash-password.ts';
import { type InviteActionDeps, inviteAction } from './invite-action.ts';
import { findUser, findUserByEmail } from './load.ts';
import { policyAction } from './policy-action.ts';
import { createAllAction, inviteWaitingAction, rolesCheck } from './user-list-actions.ts';
import { verifyPassword } from './verify-password.ts';

export type UserActionDeps = InviteActionDeps;

/** `user.*`: the users a runbook makes, and proof that they can log in. */
export const userActions = (deps: UserActionDeps): Connector =>
  defineConnector({
    name: 'user',
    actions: [
      createAdminAction(deps),
      inviteAction(deps),
      createAllAction(deps),
      inviteWaitingAction(deps),
      policyAction(deps),
    ],
    checks: [passwordLoginCheck(deps), rolesCheck(deps), ...accountChecks(deps)],
  });

const asStep = <T>({ database, keyring }: UserActionDeps, ctx: ActionContext, fn: (ctx: VaultCtx) => Promise<T>) =>
  database.transaction('worker', (tx) =>
    fn({ tx, keyring, now: ctx.now, actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id } }),
  );

const tenantField = z.uuid().optional().describe('Id of the tenant; that of the run unless given');

const adminInput = z.strictObject({
  tenant: tenantField,
  email: z.email().max(320),
  full_name: z.string().trim().min(1).max(255),
  /** A role of the product that administers; the product's first such role unless given. */
  role: z.string().optional(),
  temporary_days: z.int().min(1).max(90).optional(),
});

const adminOutput = z.strictObject({
  user_id: z.string(),
  email: z.string(),
  password: secret(),
  /** Argon2id in PHC form, for a product that keeps its own users. */
  password_hash: secret(),
});

type AdminInput = z.output<typeof adminInput>;
type AdminOutput = z.output<typeof adminOutput>;

const undoFacts = z.object({ tenant_id: z.string(), user_id: z.string(), created_key: z.string() });

/** `user.create_admin`: an administrator with a temporary password that must be changed (PADM-01 to PADM-03). */
export const createAdminAction = (deps: UserActionDeps) =>
  defineAction<AdminInput, AdminOutput>({
    name: 'user.create_admin',
    version: 1,
    summary: 'Creates an administrator with a temporary password',
    delivery: 'idempotent',
    undoability: 'reversible',
    input: adminInput,
    output: adminOutput,

    async plan(ctx, wanted) {
      const email = isKnown(wanted) && isKnown(wanted.email) ? wanted.email : undefined;
      const existing = await findPlanned(deps.database, ctx, email);
      const name = email ?? 'an administrator';
      if (existing === undefined) return { changes: [{ verb: 'create', kind: 'user', name }] };
      if (existing.createdKey === ctx.key) return { changes: [{ verb: 'none', kind: 'user', name }] };
      throw new TenantryError('user.email_taken', `The tenant has a user with the address ${email} already.`, {
        next: 'Use the user that is there, or give another address.',
      });
    },

    async apply(ctx, wanted) {
      const tenantId = tenantOf(ctx, wanted.tenant);
      const { user, password, passwordHash } = await asStep(deps, ctx, async (step) => {
        const created = await createUser(step, {
          tenantId,
          email: wanted.email,
          fullName: wanted.full_name,
          role: await adminRole(step.tx, tenantId, wanted.role),
          key: ctx.key,
          ...(wanted.temporary_days === undefined ? {} : { temporaryDays: wanted.temporary_days }),
        });
        const row = await findUser(step.tx, tenantId, created.user.id);
        return { ...created, passwordHash: row?.passwordHash ?? '' };
      });
      return {
        output: { user_id: user.id, email: user.email, password, password_hash: new Secret(passwordHash) },
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

    verify: (ctx, wanted, applied) => verifyAdmin(deps, ctx, wanted, applied.output),

    async undo(ctx, resource) {
      const { tenant_id: tenantId, user_id: userId, created_key: createdKey } = undoFacts.parse(resource.undo);
      return asStep(deps, ctx, async (step) => {
        if ((await findTenant(step.tx, tenantId)) === undefined) return { outcome: 'absent' as const };
        const deleted = await deleteUser(step, { tenantId, userId, createdKey, reason: 'rolled back' });
        return { outcome: deleted ? ('removed' as const) : ('absent' as const) };
      });
    },
  });

const findPlanned = async (database: Database, ctx: ActionContext, email: string | undefined) => {
  const tenantId = ctx.tenant?.id;
  if (tenantId === undefined || email === undefined) return undefined;
  return database.transaction('worker', (tx) => findUserByEmail(tx, tenantId, email));
};

async function adminRole(tx: Tx, tenantId: string, wanted: string | undefined): Promise<string> {
  const admins = (await loadRoles(tx, tenantId))
    .filter((role) => mayAct(role.permission, 'users:write'))
    .map(({ key }) => key);
  const role = wanted ?? admins[0];
  if (role !== undefined && admins.includes(role)) return role;
  const message = `"${role}" does not administer the product; these do: ${admins.join(', ')}`;
  throw new TenantryError('request.invalid', `The administrator cannot be created: ${message}.`, {
    faults: [{ path: 'role', message }],
    next: `Use one of: ${admins.join(', ')}.`,
  });
}

async function verifyAdmin(deps: UserActionDeps, ctx: ActionContext, wanted: AdminInput, made: AdminOutput) {
  const tenantId = tenantOf(ctx, wanted.tenant);
  return asStep(deps, ctx, async (step) => {
    const role = await adminRole(step.tx, tenantId, wanted.role);
    const expected = { email: wanted.email, full_name: wanted.full_name, role, status: 'active', can_log_in: true };
    const row = await findUser(step.tx, tenantId, made.user_id);
    if (row === undefined) return { ok: false, expected, actual: null, output: made };
    const ref = row.temporaryPasswordRef;
    // Once the user has chosen a password nobody but them knows it, and that one was set is all there is to see.
    const within = { tenantId };
    const sealed =
      ref === null
        ? undefined
        : await openSecret(step, { $secret: ref }, { purpose: 'prove the log-in works', within });
    const canLogIn =
      sealed === undefined
        ? row.passwordHash !== null && !row.mustChangePassword
        : row.mustChangePassword && (await matchesPassword(row.passwordHash, sealed));
    const { email, fullName, status } = row;
    const actual = { email, full_name: fullName, role: row.role, status, can_log_in: canLogIn };
    const ok = Object.entries(expected).every(([name, value]) => actual[name as keyof typeof actual] === value);
    return {
      ok,
      expected,
      actual,
      output: {
        user_id: row.id,
        email,
        password: sealed ?? made.password,
        password_hash: row.passwordHash === null ? made.password_hash : new Secret(row.passwordHash),
      },
    };
  });
}

const loginInput = z.strictObject({ tenant: tenantField, email: z.string().min(1).max(320), password: secret() });
const loginOutput = z.strictObject({ accepted: z.boolean(), must_change_password: z.boolean() });

/** `user.password_login`: really checks the password, as a log-in would (outline 3.6, "admin can log in"). */
export const passwordLoginCheck = ({ database }: UserActionDeps) =>
  defineCheck<z.output<typeof loginInput>, z.output<typeof loginOutput>>({
    name: 'user.password_login',
    version: 1,
    summary: 'Whether a user of the tenant can log in with a password, and must then change it',
    input: loginInput,
    output: loginOutput,
    async run(ctx, { tenant, email, password }) {
      const verdict = await verifyPassword(database, {
        tenantId: tenantOf(ctx, tenant),
        email,
        password,
        now: ctx.now,
      });
      return { accepted: verdict.accepted, must_change_password: verdict.accepted && verdict.mustChangePassword };
    },
  });
