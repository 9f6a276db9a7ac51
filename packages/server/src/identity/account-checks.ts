/**
 * `user.password_reset`, `user.session_timeout`, `user.access`: the probes of a technical validation that need
 * accounts (VAL-09 to VAL-12). Each makes users of its own, does with them what people do, and removes them.
 */
import { randomBytes } from 'node:crypto';
import { isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Check, defineCheck, Secret } from '../connectors/kit/index.ts';
import { loadRoles, tenantOf } from '../tenants/index.ts';
import { actingAdministrator } from './acting-user.ts';
import type { TenantPolicy } from './authentication.ts';
import { findUser } from './load.ts';
import { tenantPolicy } from './policy.ts';
import { inTransaction, type ProbeDeps, type ProbeUser, probeDeps, withProbeUsers } from './probe-user.ts';
import { resetPassword, sendPasswordReset } from './reset-password.ts';
import { createSession, findSession } from './sessions.ts';
import { loadAdminRoles } from './user-rules.ts';
import { verifyPassword } from './verify-password.ts';

const tenantField = z.uuid().optional().describe('Id of the tenant; that of the run unless given');

export const accountChecks = (deps: ProbeDeps): readonly Check[] => [
  passwordResetCheck(deps),
  sessionTimeoutCheck(deps),
  accessCheck(deps),
];

const resetInput = z.strictObject({ tenant: tenantField });
const resetOutput = z.strictObject({
  passwords_enabled: z.boolean(),
  link_works: z.boolean(),
  new_password_accepted: z.boolean(),
  old_password_refused: z.boolean(),
  session_ended: z.boolean(),
  link_refused_again: z.boolean(),
});

export const passwordResetCheck = (deps: ProbeDeps) =>
  defineCheck<z.output<typeof resetInput>, z.output<typeof resetOutput>>({
    name: 'user.password_reset',
    version: 1,
    summary: 'Whether a forgotten password can be set anew, with a user made for it and removed',
    input: resetInput,
    output: resetOutput,
    async run(ctx, { tenant }) {
      const tenantId = tenantOf(ctx, tenant);
      const role = (await inTransaction(deps, ctx.now, ({ tx }) => loadRoles(tx, tenantId))).at(-1)?.key ?? '';
      return withProbeUsers(deps, { tenantId, roles: [role], now: ctx.now }, ([probe]) =>
        resetOf(deps, tenantId, probe, ctx.now),
      );
    },
  });

async function resetOf(probes: ProbeDeps, tenantId: string, probe: ProbeUser | undefined, now: Date) {
  const { deps, links } = probeDeps(probes);
  const { passwordsEnabled } = await inTransaction(probes, now, ({ tx }) => tenantPolicy(tx, tenantId));
  if (probe === undefined) throw new TypeError('no probe was made');
  const { id, email } = probe.user;
  const { token: session } = await openProbeSession(probes, probe, now);
  await sendPasswordReset(deps, tenantId, id, now);
  const token = links.at(-1) ?? '';
  const next = new Secret(randomBytes(24).toString('base64url'));
  const use = () => isAllowed(() => resetPassword(deps, { token, password: next, now }));
  const accepts = async (password: Secret) =>
    (await verifyPassword(probes.database, { tenantId, email, password, now })).accepted;
  return {
    passwords_enabled: passwordsEnabled,
    link_works: await use(),
    new_password_accepted: await accepts(next),
    old_password_refused: !(await accepts(probe.password)),
    session_ended: (await findSession(probes, session, now)) === undefined,
    link_refused_again: !(await use()),
  };
}

const openProbeSession = (deps: ProbeDeps, { user }: ProbeUser, now: Date) =>
  inTransaction(deps, now, (ctx) =>
    createSession(ctx, {
      tenantId: user.tenantId,
      userId: user.id,
      amr: ['pwd', 'otp'],
      address: '127.0.0.1',
      userAgent: 'Tenantry account probe',
    }),
  );

/** Whether something goes through; a refusal is an answer, a failure is not. */
async function isAllowed(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (isTenantryError(error) && error.kind === 'refusal') return false;
    throw error;
  }
}

const timeoutInput = z.strictObject({
  tenant: tenantField,
  idle_minutes: z.number().positive().optional().describe('What was agreed; what holds by default unless given'),
  absolute_hours: z.number().positive().optional(),
});
const timeoutOutput = z.strictObject({
  idle_minutes: z.number(),
  absolute_hours: z.number(),
  access_token_minutes: z.number(),
  refresh_days: z.number(),
  as_agreed: z.boolean(),
  live_session_accepted: z.boolean(),
  idle_session_refused: z.boolean(),
  old_session_refused: z.boolean(),
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const sessionTimeoutCheck = (deps: ProbeDeps) =>
  defineCheck<z.output<typeof timeoutInput>, z.output<typeof timeoutOutput>>({
    name: 'user.session_timeout',
    version: 1,
    summary: 'Whether sessions end at the times that were agreed, by a clock that is moved on',
    input: timeoutInput,
    output: timeoutOutput,
    async run(ctx, { tenant, idle_minutes: idle = 30, absolute_hours: absolute = 12 }) {
      const tenantId = tenantOf(ctx, tenant);
      const policy = await inTransaction(deps, ctx.now, ({ tx }) => tenantPolicy(tx, tenantId));
      const role = (await inTransaction(deps, ctx.now, ({ tx }) => loadRoles(tx, tenantId))).at(-1)?.key ?? '';
      const ends = await withProbeUsers(deps, { tenantId, roles: [role], now: ctx.now }, ([probe]) =>
        endsOf(deps, probe, policy, ctx.now),
      );
      return {
        idle_minutes: policy.idleMs / MINUTE,
        absolute_hours: policy.absoluteMs / HOUR,
        access_token_minutes: policy.accessTokenMs / MINUTE,
        refresh_days: policy.refreshMs / (24 * HOUR),
        as_agreed: policy.idleMs === idle * MINUTE && policy.absoluteMs === absolute * HOUR,
        ...ends,
      };
    },
  });

async function endsOf(deps: ProbeDeps, probe: ProbeUser | undefined, policy: TenantPolicy, now: Date) {
  if (probe === undefined) throw new TypeError('no probe was made');
  const [idle, old] = [await openProbeSession(deps, probe, now), await openProbeSession(deps, probe, now)];
  const livesAt = async (session: typeof idle, ms: number): Promise<boolean> =>
    (await findSession(deps, session.token, new Date(now.getTime() + ms))) !== undefined;
  const live = await livesAt(idle, Math.floor(policy.idleMs / 2));
  const idleRefused = !(await livesAt(idle, Math.floor(policy.idleMs / 2) + policy.idleMs));
  // Used all the time, so that nothing but its age can end it.
  for (let at = 0; at < policy.absoluteMs; at += Math.ceil(policy.idleMs * 0.9)) await livesAt(old, at);
  const oldRefused = (await livesAt(old, policy.absoluteMs - 1)) && !(await livesAt(old, policy.absoluteMs));
  return { live_session_accepted: live, idle_session_refused: idleRefused, old_session_refused: oldRefused };
}

const accessInput = z.strictObject({ tenant: tenantField });
const accessOutput = z.strictObject({
  /** One line for each role of the product. */
  roles: z.array(
    z.strictObject({
      role: z.string(),
      permission: z.string(),
      may_administer: z.boolean(),
      sees_own_account: z.boolean(),
      sees_other_tenants: z.boolean(),
    }),
  ),
  admins_have_full_access: z.boolean(),
  others_are_confined: z.boolean(),
});

export const accessCheck = (deps: ProbeDeps) =>
  defineCheck<z.output<typeof accessInput>, z.output<typeof accessOutput>>({
    name: 'user.access',
    version: 1,
    summary: 'What each role of the product may do in the tenant, tried with a user of each',
    input: accessInput,
    output: accessOutput,
    async run(ctx, { tenant }) {
      const tenantId = tenantOf(ctx, tenant);
      const { roles, admins } = await inTransaction(deps, ctx.now, async ({ tx }) => ({
        roles: await loadRoles(tx, tenantId),
        admins: await loadAdminRoles(tx, tenantId),
      }));
      const input = { tenantId, roles: roles.map(({ key }) => key), now: ctx.now };
      const lines = await withProbeUsers(deps, input, async (probes) => {
        const tried = [];
        for (const probe of probes) {
          const permission = roles.find(({ key }) => key === probe.user.role)?.permission ?? '';
          tried.push({ role: probe.user.role, permission, ...(await accessOf(deps, probe, ctx.now)) });
        }
        return tried;
      });
      const isAdmin = ({ role }: { role: string }): boolean => admins.includes(role);
      const isConfined = (line: (typeof lines)[number]): boolean => line.sees_own_account && !line.sees_other_tenants;
      return {
        roles: lines,
        admins_have_full_access: lines.filter(isAdmin).every((line) => line.may_administer && isConfined(line)),
        others_are_confined: lines
          .filter((line) => !isAdmin(line))
          .every((line) => !line.may_administer && isConfined(line)),
      };
    },
  });

/** Through a session, as the user would come, and by the row-level security their requests run under. */
async function accessOf(deps: ProbeDeps, probe: ProbeUser, now: Date) {
  const { token } = await openProbeSession(deps, probe, now);
  const session = await findSession(deps, token, now);
  const user = session?.user ?? probe.user;
  const { tenantId, id } = user;
  return {
    may_administer: await isAllowed(() =>
      inTransaction(deps, now, ({ tx }) => actingAdministrator(tx, user, 'users:write')),
    ),
    sees_own_account: session !== undefined && session.user.id === id,
    ...(await deps.database.tenantTransaction(tenantId, async (tx) => {
      const own = await findUser(tx, tenantId, id);
      const { rows } = await tx.query<{ n: number }>(
        `select (select count(*)::int from users where tenant_id <> $1) + (select count(*)::int from tenants where id <> $1)
                + (select count(*)::int from user_sessions where tenant_id <> $1) as n`,
        [tenantId],
      );
      return { sees_other_tenants: own === undefined || (rows[0]?.n ?? 0) > 0 };
    })),
  };
}
