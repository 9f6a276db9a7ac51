import { z } from 'zod';
import { defineCheck } from '../../connectors/kit/index.ts';
import { ACCESS_MODES, STATUSES } from '../core/status.ts';
import { CAUSES } from '../core/suspension.ts';
import { listOpenSuspensions } from '../lifecycle/suspension-rows.ts';
import { loadTenant } from '../load.ts';
import { reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const input = z.strictObject({ tenant: tenantField });
const output = z.strictObject({
  status: z.enum(STATUSES),
  access_mode: z.enum(ACCESS_MODES).nullable(),
  /** What guards and log-ins answer now. */
  may_log_in: z.boolean(),
  may_write: z.boolean(),
  causes: z.array(z.enum(CAUSES)),
  live_sessions: z.int(),
});

/** `tenant.life`: what the tenant's users are let in to do now (LIFE-03 to LIFE-06), and who is still in. */
export const lifeCheck = ({ database }: TenantActionDeps) =>
  defineCheck<z.output<typeof input>, z.output<typeof output>>({
    name: 'tenant.life',
    version: 1,
    summary: 'Where the tenant stands in its life: status, causes of a suspension, who may do what, live sessions',
    input,
    output,
    run: (ctx, { tenant }) =>
      reading(database, async (tx) => {
        const { id, status, accessMode, closedAt } = await loadTenant(tx, tenantOf(ctx, tenant));
        const open = await listOpenSuspensions(tx, id);
        const { rows } = await tx.query<{ n: number }>(
          'select count(*)::int as n from user_sessions where tenant_id = $1 and ended_at is null',
          [id],
        );
        const mayLogIn = closedAt === null && status !== 'offboarded' && accessMode !== 'blocked';
        return {
          status,
          access_mode: accessMode,
          may_log_in: mayLogIn,
          may_write: mayLogIn && accessMode === null,
          causes: open.map(({ cause }) => cause),
          live_sessions: rows[0]?.n ?? 0,
        };
      }),
  });
