/** What a tenant may use and uses: plan, limits, meters, features, and how it went day by day. */
import { Alert, Group, NativeSelect, Progress, Stack, Text } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Empty, Loaded, Loading } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Day } from '../../parts/time.tsx';
import { EditTenant } from './edit-tenant.tsx';
import { amountText, limitOf, limitTitle, windowText } from './limits.ts';
import { ChangePlan } from './plan-change.tsx';
import type { Life, Meter, Tenant } from './tenant-types.ts';
import { useTenantAct } from './use-tenant.ts';

const UsageChart = lazy(async () => ({ default: (await import('./usage-chart.tsx')).UsageChart }));

interface PlanProps {
  readonly tenant: Tenant;
  readonly life: Life;
}

export function PlanTab({ tenant, life }: PlanProps): ReactNode {
  const me = useMe();
  const mayWrite = may(me, 'tenants:write') && tenant.status !== 'offboarded';
  return (
    <Stack gap="md">
      <Section
        title={`Plan ${tenant.plan}`}
        actions={
          mayWrite && (
            <>
              <EditTenant tenant={tenant} />
              <ChangePlan tenant={tenant} />
            </>
          )
        }
      >
        {life.plan_change !== null && <Scheduled tenant={tenant} life={life} mayWrite={mayWrite} />}
        {tenant.limits_unset.length > 0 && (
          <Text size="sm" mb="xs">
            <Status of="waiting">not set</Status> The plan leaves these to the contract:{' '}
            {tenant.limits_unset.map(limitTitle).join(', ')}.
          </Text>
        )}
        <Meters tenant={tenant} />
      </Section>
      <Section title="Features in force">
        <Facts
          of={Object.entries(tenant.features).map(
            ([name, on]) => [limitTitle(name), <Feature key={name} tenant={tenant} name={name} on={on} />] as const,
          )}
        />
      </Section>
      <Over tenant={tenant} />
    </Stack>
  );
}

const Feature = ({ tenant, name, on }: { readonly tenant: Tenant; readonly name: string; readonly on: boolean }) => {
  const approval = tenant.settings.feature_approvals?.[name];
  return (
    <>
      <Status of={on ? 'active' : 'off'}>{on ? 'on' : 'off'}</Status>
      {tenant.settings.features?.[name] !== undefined && <span className="quiet"> by contract</span>}
      {approval !== undefined && <span className="quiet">, approved by {approval.approved_by}</span>}
    </>
  );
};

function Scheduled({ tenant, life, mayWrite }: PlanProps & { readonly mayWrite: boolean }): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/cancel-plan-change');
  const { plan_change: change } = life;
  if (change === null) return null;
  return (
    <Alert className="alert-warn" variant="outline" mb="md" title="A change of plan waits for its day">
      <Group justify="space-between" gap="sm">
        <Text size="sm" flex="1 1 16rem">
          To <strong>{change.plan}</strong> on <Day at={change.due_at} />: {change.reason} ({change.authority}). On that
          day it is looked at again; if it does not fit then, the plan stays.
        </Text>
        {mayWrite && (
          <ReasonDialog
            name={`cancel-plan.${tenant.id}`}
            label="Take it off…"
            title="Take the change of plan off"
            about={`${tenant.name} stays on ${tenant.plan}.`}
            pending={act.isPending}
            fault={act.error}
            onConfirm={(reason) => act.mutateAsync({ path: { tenant: tenant.id }, body: { reason } })}
          />
        )}
      </Group>
    </Alert>
  );
}

function Meters({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const usage = useApi('GET /api/v1/tenants/{tenant}/usage', { path: { tenant: tenant.id } });
  return (
    <Loaded of={usage}>
      {({ meters }) => {
        const stocks = meters.filter(({ window_ms }) => window_ms === null);
        const windows = meters.filter(({ window_ms }) => window_ms !== null);
        return (
          <Stack gap="md">
            <ul className="meters">
              {stocks.map((meter) => (
                <li key={meter.name}>
                  <MeterBar meter={meter} own={tenant.settings.limits?.[meter.name] !== undefined} />
                </li>
              ))}
            </ul>
            {windows.length > 0 && (
              <DataTable
                label="Limits that count in a window of time"
                rows={windows}
                keyOf={({ name }) => name}
                minWidth={320}
                columns={[
                  { title: 'Limit in a window', cell: ({ name }) => limitTitle(name) },
                  { title: 'At most', isNumber: true, cell: ({ name, limit }) => limitOf(name, limit) },
                  { title: 'In each', isNumber: true, cell: ({ window_ms: ms }) => windowText(ms ?? 0) },
                ]}
              />
            )}
          </Stack>
        );
      }}
    </Loaded>
  );
}

const STATES = { ok: 'ok', soft: 'waiting', reached: 'failed', unknown: 'unknown' } as const;
const STATE_WORDS = { ok: 'fits', soft: 'nearly used up', reached: 'used up', unknown: 'not counted' } as const;
const COLOURS = { ok: 'var(--busy)', soft: 'var(--warn)', reached: 'var(--bad)', unknown: 'var(--quiet)' } as const;

function MeterBar({ meter, own }: { readonly meter: Meter; readonly own: boolean }): ReactNode {
  const { name, limit, used, state } = meter;
  const share =
    typeof limit === 'number' && used !== null ? (limit === 0 ? 100 : Math.min(100, (used / limit) * 100)) : 0;
  const text = `${used === null ? '–' : amountText(name, used)} of ${limitOf(name, limit)}`;
  return (
    <>
      <Group justify="space-between" gap="xs">
        <strong>{limitTitle(name)}</strong>
        <span>
          {text} {own && <span className="quiet">by contract</span>}{' '}
          <Status of={STATES[state]}>{STATE_WORDS[state]}</Status>
        </span>
      </Group>
      {typeof limit === 'number' && used !== null && (
        <Progress.Root size="md" mt={4}>
          <Progress.Section value={share} color={COLOURS[state]} aria-label={`${limitTitle(name)}: ${text}`} />
        </Progress.Root>
      )}
    </>
  );
}

const SPANS = [
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
  { value: '365', label: 'Last year' },
];

function Over({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const [days, setDays] = useState('90');
  const history = useApi(
    'GET /api/v1/tenants/{tenant}/usage/history',
    { path: { tenant: tenant.id }, query: { days: Number(days) } },
    { keep: true },
  );
  return (
    <Section
      title="Usage over time"
      actions={
        <NativeSelect
          aria-label="How far back"
          size="xs"
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={SPANS}
        />
      }
    >
      <Loaded of={history}>
        {(found) =>
          found.meters.every((meter) => meter.days.length === 0) ? (
            <Empty title="Nothing was counted yet">
              Users are counted here once a day; the application reports everything else.
            </Empty>
          ) : (
            <Suspense fallback={<Loading lines={3} />}>
              <div className="charts">
                {found.meters
                  .filter((meter) => meter.days.length > 0)
                  .map((meter) => (
                    <UsageChart key={meter.name} meter={meter} from={found.from} to={found.to} />
                  ))}
              </div>
            </Suspense>
          )
        }
      </Loaded>
    </Section>
  );
}
