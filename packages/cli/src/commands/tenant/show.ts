import { type TenantView, tenantViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { tableLines } from '../../terminal/table.ts';
import { timeText } from '../../terminal/time-text.ts';
import { valueText } from '../../views/value-text.ts';

export const tenantShowCommand = (): Command =>
  withCommon(
    new Command('show').description('Show a tenant: plan, status, limits and features in force, contacts, history'),
  )
    .argument('<tenant>', 'tenant id or slug')
    .action(async (reference: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const tenant = await task.connect().get(`/api/v1/tenants/${encodeURIComponent(reference)}`, tenantViewSchema);
      task.print(tenant, () => tenantLines(tenant, task));
    });

type HistoryLine = TenantView['history'][number];

function tenantLines(tenant: TenantView, { io: { out } }: Task): readonly string[] {
  const { style } = out;
  const facts: readonly (readonly [string, string])[] = [
    ['id', tenant.id],
    ['slug', tenant.slug],
    ['product', tenant.product],
    ['status', [tenant.status, tenant.access_mode, tenant.status_reason].filter((part) => part !== null).join(', ')],
    ['plan', tenant.plan],
    ['isolation', tenant.isolation],
    ['support', tenant.support_tier],
    ['limits', valueText(tenant.limits)],
    ['unset', tenant.limits_unset.join(', ')],
    [
      'features',
      Object.keys(tenant.features)
        .filter((name) => tenant.features[name] === true)
        .join(', '),
    ],
    ['offboarding', timeText(tenant.pending_offboarding_at)],
    ['created', timeText(tenant.created_at)],
  ];
  return [
    style.strong(plainLine(tenant.name)),
    ...facts
      .filter(([, text]) => text !== '')
      .map(([label, text]) => `${style.faint(`${label}:`.padEnd(13))}${plainLine(text)}`),
    ...tenant.contacts.map(
      ({ role, name, email }) => `${style.faint('contact:'.padEnd(13))}${plainLine(`${role}: ${name} <${email}>`)}`,
    ),
    '',
    ...tableLines<HistoryLine>(
      tenant.history,
      [
        { title: 'at', text: ({ at }) => timeText(at) },
        { title: 'operation', text: ({ operation }) => operation },
        { title: 'by', text: ({ actor }) => actor.label, flexible: true },
        { title: 'on the word of', text: ({ authority }) => authority, flexible: true },
        { title: 'reason', text: ({ reason }) => reason ?? '', flexible: true },
      ],
      out,
    ),
  ];
}
