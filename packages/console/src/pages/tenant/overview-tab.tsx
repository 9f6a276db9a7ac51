/** Where a tenant stands, why, and what can be done about it. */
import { Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { may, useMe } from '../../api/use-me.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { Status, words } from '../../parts/status.tsx';
import { Day, Time } from '../../parts/time.tsx';
import { EditTenant } from './edit-tenant.tsx';
import { Lines } from './history-tab.tsx';
import { CAUSES } from './life-words.ts';
import { ChangePlan } from './plan-change.tsx';
import { StatusActs } from './status-acts.tsx';
import type { Life, Tenant } from './tenant-types.ts';
import { Wishes } from './wishes.tsx';

interface OverviewProps {
  readonly tenant: Tenant;
  readonly life: Life;
}

const LATEST = 5;

export function OverviewTab({ tenant, life }: OverviewProps): ReactNode {
  const mayWrite = may(useMe(), 'tenants:write');
  return (
    <Stack gap="md">
      <Section
        title="Where it stands"
        actions={mayWrite && life.status !== 'onboarding' ? <StatusActs tenant={tenant} life={life} /> : undefined}
      >
        <Standing life={life} tenant={tenant} />
      </Section>
      <Wishes tenant={tenant.id} only={['export', 'plan', 'stay']} />
      <Section
        title="The tenant"
        actions={
          mayWrite && life.status !== 'offboarded' ? (
            <>
              <EditTenant tenant={tenant} />
              <ChangePlan tenant={tenant} />
            </>
          ) : undefined
        }
      >
        <Facts
          of={[
            ['Plan', tenant.plan],
            ['Isolation', words(tenant.isolation)],
            ['Support', tenant.support_tier],
            [
              'Client',
              tenant.client_id === null ? (
                '–'
              ) : (
                <Link key="c" to="/clients/$client" params={{ client: tenant.client_id }}>
                  Open
                </Link>
              ),
            ],
            ['Since', <Time key="t" at={tenant.created_at} />],
          ]}
        />
        <Text size="sm" className="quiet" mt="sm">
          Id <code>{tenant.id}</code>
        </Text>
      </Section>
      <Section title="Latest">
        <Lines lines={tenant.history.slice(0, LATEST)} brief />
        <Link to="/tenants/$tenant" params={{ tenant: tenant.slug }} search={{ tab: 'history' }}>
          All of its history
        </Link>
      </Section>
    </Stack>
  );
}

const ACCESS = { 'read-only': 'Users may read', blocked: 'Nobody gets in' } as const;

const Standing = ({ life, tenant }: OverviewProps): ReactNode => (
  <Stack gap="sm">
    <Facts
      of={[
        ['Status', <Status key="s" of={life.status} />],
        ['Access', accessOf(life)],
        ...(life.trial_ends_at === null ? [] : ([['Trial ends', <Day key="d" at={life.trial_ends_at} />]] as const)),
        ...(life.plan_change === null
          ? []
          : ([['Plan changes', <PlanChange key="p" tenant={tenant} life={life} />]] as const)),
        ['Can become', life.possible.length === 0 ? 'nothing else' : life.possible.join(', ')],
      ]}
    />
    {life.suspensions.length > 0 && (
      <ul className="rows">
        {life.suspensions.map((each) => (
          <li key={each.id}>
            <div className="what">
              <strong>{CAUSES[each.cause].title}</strong> <span className="quiet">{each.priority}</span>
              <Text size="sm">{each.reason}</Text>
              <Text size="sm" className="quiet">
                {each.authority}, <Time at={each.began_at} />
              </Text>
            </div>
            <Status of={each.access_mode === 'blocked' ? 'failed' : 'waiting'}>{each.access_mode}</Status>
          </li>
        ))}
      </ul>
    )}
  </Stack>
);

function accessOf(life: Life): string {
  if (life.closed_at !== null) return 'Nobody gets in: emergency stop';
  if (life.access_mode !== null) return ACCESS[life.access_mode];
  return life.status === 'offboarded' ? ACCESS.blocked : life.status === 'onboarding' ? 'Pilot users only' : 'Open';
}

const PlanChange = ({ tenant, life: { plan_change: change } }: OverviewProps): ReactNode =>
  change === null ? null : (
    <>
      to {change.plan} on <Day at={change.due_at} />{' '}
      <Link to="/tenants/$tenant" params={{ tenant: tenant.slug }} search={{ tab: 'plan' }}>
        see
      </Link>
    </>
  );
