import { type PlanRequestView, planRequestListSchema, planRequestSchema, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

const pathOf = (tenant: string): string => `/api/v1/tenants/${encodeURIComponent(tenant)}/plan-requests`;

export const tenantPlanRequestsCommand = (): Command =>
  withCommon(new Command('plan-requests').description('Plans a tenant has asked for, and what came of each'))
    .argument('<tenant>', 'id or slug')
    .action(async (tenant: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const { items } = await task.connect().get(pathOf(tenant), planRequestListSchema);
      task.print({ schema: 'tenantry.plan-requests/1', items }, () =>
        items.length === 0
          ? [`${tenant} has asked for no plan.`]
          : tableLines<PlanRequestView>(
              items,
              [
                { title: 'asked', text: ({ requested_at }) => requested_at.slice(0, 10) },
                { title: 'plan', text: ({ plan }) => plan },
                { title: 'by', text: ({ requested_by }) => requested_by },
                { title: 'state', text: ({ state }) => state },
                { title: 'why', text: ({ reason }) => reason, flexible: true },
              ],
              task.io.out,
            ),
      );
    });

interface DecideOptions {
  readonly approve?: boolean;
  readonly decline?: boolean;
  readonly note: string;
  readonly on?: string;
  readonly grandfatheredBy?: string;
}

export const tenantDecidePlanCommand = (): Command =>
  withCommon(new Command('decide-plan').description('Approve the plan a tenant has asked for, or decline it'))
    .argument('<tenant>', 'id or slug')
    .option('--approve', 'change the plan')
    .option('--decline', 'leave it; the administrators are told the note')
    .requiredOption('--note <text>', 'why; kept for good')
    .option('--on <date>', 'approved for a day, such as 2027-01-01')
    .option('--grandfathered-by <name>', 'who agreed that what is there beyond the new plan stays')
    .action(
      async (tenant: string, { approve, decline, note, on, grandfatheredBy }: DecideOptions, command: Command) => {
        const task = taskOf(command);
        if ((approve === true) === (decline === true)) {
          throw new TenantryError('command.invalid', 'Say either --approve or --decline.', {
            next: 'Add one of the two.',
          });
        }
        const dueAt = on === undefined ? undefined : new Date(on);
        if (dueAt !== undefined && Number.isNaN(dueAt.getTime())) {
          throw new TenantryError('command.invalid', `"${on}" is no date.`, { next: 'Write it as 2027-01-01.' });
        }
        const body = {
          approve: approve === true,
          note,
          grandfathered_by: grandfatheredBy,
          due_at: dueAt?.toISOString(),
        };
        const request = await task.connect().post(`${pathOf(tenant)}/decide`, body, planRequestSchema);
        task.print({ schema: 'tenantry.plan-request/1', ...request }, () => [
          `${task.io.out.style.good('✓')} The plan ${request.plan} is ${request.state}.`,
        ]);
      },
    );
