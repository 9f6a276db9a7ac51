import { type TenantBillingView, TenantryError, tenantBillingSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly customer?: string;
  readonly reason?: string;
}

export const tenantBillingCommand = (): Command =>
  withCommon(new Command('billing').description('What a tenant owes, and what will come of it'))
    .argument('<tenant>', 'id or slug')
    .option('--customer <id>', 'say as which customer of the billing system it pays: cus_…')
    .option('--reason <text>', 'why, with --customer; kept for good')
    .action(async (tenant: string, { customer, reason }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/billing`;
      if (customer !== undefined && reason === undefined) {
        throw new TenantryError('command.invalid', '--customer needs a reason.', { next: 'Add --reason TEXT.' });
      }
      const client = task.connect();
      const billing =
        customer === undefined
          ? await client.get(path, tenantBillingSchema)
          : await client.post(`${path}/customer`, { customer, reason }, tenantBillingSchema);
      task.print({ schema: 'tenantry.tenant-billing/1', ...billing }, () => billingLines(billing));
    });

function billingLines({ customers, unpaid, dunning }: TenantBillingView): readonly string[] {
  return [
    `Pays as     ${customers.length === 0 ? 'no customer known here' : customers.join(', ')}`,
    unpaid.length === 0 ? 'Owes        nothing' : `Owes        ${unpaid.length} invoices`,
    ...unpaid.map(({ id, number, amount_due, currency, pay_url }) =>
      [`  ${number ?? id}`, `${amount_due} ${currency.toUpperCase()} (smallest unit)`, pay_url ?? '']
        .join('  ')
        .trimEnd(),
    ),
    ...(dunning === null
      ? []
      : [
          `Dunned      since ${dunning.began_at.slice(0, 10)}`,
          ...dunning.steps.map((step) => `  day ${step.after_days}  ${step.do}${step.done ? '  ✓' : ''}`),
        ]),
  ];
}
