import { planChangeSchema, planImpactSchema, TenantryError, tenantLifeSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { timeText } from '../../terminal/time-text.ts';
import { lifeLines } from './life-lines.ts';
import { impactLines } from './plan-lines.ts';

interface Options {
  readonly reason?: string;
  readonly authority?: string;
  readonly limit?: string[];
  readonly grandfatheredBy?: string;
  readonly on?: string;
  readonly dryRun?: boolean;
}

export const tenantChangePlanCommand = (): Command =>
  withCommon(new Command('change-plan').description('Change the plan of a tenant, at once or on a day'))
    .argument('<tenant>', 'id or slug')
    .argument('<plan>', 'free, starter, professional, enterprise, custom')
    .option('--reason <text>', 'why; kept for good')
    .option('--authority <text>', 'on whose word, such as a contract')
    .option('--limit <name=value...>', 'limits of the contract; unlimited, or none to fall back to the plan')
    .option('--grandfathered-by <name>', 'who agreed that what is there beyond the new plan stays')
    .option('--on <time>', 'not before: 2027-01-01, or 2027-01-01T09:00:00Z')
    .option('--dry-run', 'show what it would change, and change nothing')
    .action(async (tenant: string, plan: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const base = `/api/v1/tenants/${encodeURIComponent(tenant)}`;
      if (options.dryRun === true) {
        const impact = await task.connect().get(`${base}/plan-impact`, planImpactSchema, { query: { plan } });
        return task.print({ schema: 'tenantry.plan-impact/1', ...impact }, () => impactLines(impact, task));
      }
      if (options.reason === undefined)
        throw new TenantryError('command.invalid', 'A change of plan says why: --reason.');
      const body = {
        plan,
        reason: options.reason,
        authority: options.authority,
        limits: limitsOf(options.limit),
        grandfathered_by: options.grandfatheredBy,
        due_at: options.on === undefined ? undefined : timeOf(options.on),
      };
      const change = await task.connect().post(`${base}/change-plan`, body, planChangeSchema);
      const done =
        change.due_at === null ? 'Changed.' : `Waits until ${timeText(change.due_at)}; looked at again then.`;
      task.print({ schema: 'tenantry.plan-change/1', ...change }, () => [
        `${task.io.out.style.good('✓')} ${done}`,
        ...impactLines(change.impact, task),
      ]);
    });

export const tenantCancelPlanChangeCommand = (): Command =>
  withCommon(new Command('cancel-plan-change').description('Take the change of plan that waits for its day off'))
    .argument('<tenant>', 'id or slug')
    .requiredOption('--reason <text>', 'why; kept for good')
    .action(async (tenant: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/cancel-plan-change`;
      const life = await task.connect().post(path, { reason }, tenantLifeSchema);
      task.print({ schema: 'tenantry.tenant-life/1', ...life }, () => lifeLines(life, task, 'The plan stays.'));
    });

/** @throws command.invalid */
export function limitsOf(
  pairs: readonly string[] | undefined,
): Record<string, number | 'unlimited' | null> | undefined {
  if (pairs === undefined) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^([a-z][a-z0-9_]*)=(\d+|unlimited|none)$/.exec(pair) ?? [];
      if (name === '') {
        throw new TenantryError('command.invalid', `"${pair}" is not NAME=NUMBER, NAME=unlimited or NAME=none.`);
      }
      return [name, value === 'none' ? null : value === 'unlimited' ? 'unlimited' : Number(value)];
    }),
  );
}

/** @throws command.invalid */
export function timeOf(text: string): string {
  const at = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new TenantryError('command.invalid', `"${text}" is no time such as 2027-01-01 or 2027-01-01T09:00:00Z.`);
}
