import { TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { columnsOf, type Tx } from '../db/index.ts';
import { lockTenant } from '../tenants/index.ts';
import type { TenantPolicy } from './authentication.ts';
import { type LoginMethod, loginMethodOf } from './core/login-method.ts';
import { DEFAULT_POLICY, policySchema } from './core/policy.ts';
import { tenantPolicies } from './tables.ts';

const FIND = {
  name: 'identity-policy',
  text: `select ${columnsOf(tenantPolicies)} from tenant_policies where tenant_id = $1`,
};

/** What holds for the log-ins of a tenant now. */
export async function tenantPolicy(tx: Tx, tenantId: string): Promise<TenantPolicy> {
  const { rows } = await tx.query<typeof tenantPolicies.$inferSelect>(FIND, [tenantId]);
  const [row] = rows;
  if (row === undefined) return DEFAULT_POLICY;
  const { tenantId: _tenantId, version: _version, updatedAt: _updatedAt, ...policy } = row;
  return policy;
}

/** What texts to customers say of how the tenant's users log in, as its policy is now. */
export const tenantTexts = async (tx: Tx, tenantId: string): Promise<{ readonly login_method: LoginMethod }> => ({
  login_method: loginMethodOf(await tenantPolicy(tx, tenantId)),
});

export interface SetPolicyInput {
  readonly tenantId: string;
  /** What is left out stays as it is. */
  readonly changes: Partial<TenantPolicy>;
  readonly reason?: string | undefined;
}

/**
 * Changes what a tenant asks of its users' log-ins. Sessions that are open are held to it at their next request.
 *
 * @throws request.invalid, tenant.not_found, access.forbidden
 */
export async function setTenantPolicy(ctx: Ctx, { tenantId, changes, reason }: SetPolicyInput): Promise<TenantPolicy> {
  permit(ctx.actor, 'tenants:write');
  await lockTenant(ctx, tenantId);
  const before = await tenantPolicy(ctx.tx, tenantId);
  const after = parsePolicy({ ...before, ...changes });
  const row = { ...after, ipAllow: [...after.ipAllow], updatedAt: ctx.now };
  await ctx.tx.orm
    .insert(tenantPolicies)
    .values({ tenantId, ...row })
    .onConflictDoUpdate({ target: tenantPolicies.tenantId, set: row });
  await recordAudit(ctx, {
    action: 'tenant.policy_changed',
    tenantId,
    subject: { kind: 'tenant', id: tenantId },
    ...(reason === undefined ? {} : { reason }),
    detail: { before, after },
  });
  return after;
}

function parsePolicy(value: unknown): TenantPolicy {
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The policy cannot be set: a field does not fit.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named.',
  });
}
