/** One tenant: where it stands, what it may and uses, how it leaves, what it takes along, and what is on record. */
import './tenant.css';
import { Alert, SegmentedControl, Text } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { Page, ScrollX } from '../../parts/page.tsx';
import { FaultAlert, Loaded } from '../../parts/states.tsx';
import { Status, words } from '../../parts/status.tsx';
import { Day } from '../../parts/time.tsx';
import { ExportTab } from './export-tab.tsx';
import { Figures } from './figures.tsx';
import { History } from './history-tab.tsx';
import { CAUSES } from './life-words.ts';
import { Departed, OffboardingTab } from './offboarding-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { PlanTab } from './plan-tab.tsx';
import { Audit, Contacts, Documents, Ledger, Runs } from './records.tsx';
import { TAB_TITLES, TENANT_TABS, type TenantTab } from './tenant-tabs.ts';
import type { Life, Tenant } from './tenant-types.ts';

export function TenantPage(): ReactNode {
  const { tenant: key } = useParams({ from: '/tenants/$tenant' });
  const { tab = 'overview' } = useSearch({ from: '/tenants/$tenant' });
  const navigate = useNavigate({ from: '/tenants/$tenant' });
  const me = useMe();
  const tenant = useApi('GET /api/v1/tenants/{tenant}', { path: { tenant: key } });
  const life = useApi('GET /api/v1/tenants/{tenant}/life', { path: { tenant: key } });
  if (tenant.error?.status === 404) return <Gone slug={key} />;
  const tabs = TENANT_TABS.filter((each) => each !== 'audit' || may(me, 'audit:read'));
  return (
    <Page
      title={tenant.data?.name ?? 'Tenant'}
      about={
        tenant.data === undefined ? undefined : (
          <>
            <Status of={tenant.data.status} /> {tenant.data.slug}, {tenant.data.product}, plan {tenant.data.plan}
          </>
        )
      }
    >
      {tenant.data !== undefined && life.data !== undefined && <Notices tenant={tenant.data} life={life.data} />}
      <ScrollX label="What is shown of the tenant">
        <SegmentedControl
          aria-label="What is shown of the tenant"
          value={tab}
          onChange={(next) => void navigate({ search: { tab: next as TenantTab } })}
          data={tabs.map((value) => ({ value, label: TAB_TITLES[value] }))}
        />
      </ScrollX>
      <Loaded of={tenant}>
        {(found) => <Loaded of={life}>{(stands) => <Tab tab={tab} tenant={found} life={stands} />}</Loaded>}
      </Loaded>
    </Page>
  );
}

interface TabProps {
  readonly tab: TenantTab;
  readonly tenant: Tenant;
  readonly life: Life;
}

function Tab({ tab, tenant, life }: TabProps): ReactNode {
  switch (tab) {
    case 'overview':
      return <OverviewTab tenant={tenant} life={life} />;
    case 'plan':
      return <PlanTab tenant={tenant} life={life} />;
    case 'offboarding':
      return <OffboardingTab tenant={tenant} />;
    case 'export':
      return <ExportTab tenant={tenant} />;
    case 'runs':
      return <Runs tenant={tenant.id} />;
    case 'ledger':
      return <Ledger tenant={tenant.id} />;
    case 'contacts':
      return <Contacts tenant={tenant} />;
    case 'documents':
      return <Documents tenant={tenant.id} />;
    case 'figures':
      return <Figures tenant={tenant.id} />;
    case 'history':
      return <History tenant={tenant.id} />;
    case 'audit':
      return <Audit tenant={tenant.id} />;
  }
}

/** What must not be overlooked, whichever tab is open. */
const Notices = ({ tenant, life }: { readonly tenant: Tenant; readonly life: Life }): ReactNode => (
  <>
    {life.closed_at !== null && (
      <Alert className="alert-bad" variant="outline" title="Emergency stop: everybody is shut out" />
    )}
    {life.suspensions.length > 0 && (
      <Alert
        className="alert-warn"
        variant="outline"
        title={life.access_mode === 'blocked' ? 'Suspended: nobody gets in' : 'Suspended: users may only read'}
      >
        <Text size="sm">{life.suspensions.map(({ cause }) => CAUSES[cause].title).join(', ')}.</Text>
      </Alert>
    )}
    {tenant.pending_offboarding_at !== null && (
      <Alert className="alert-warn" variant="outline" title="Leaving">
        <Text size="sm">
          Access ends on <Day at={tenant.pending_offboarding_at} />.{' '}
          <Link to="/tenants/$tenant" params={{ tenant: tenant.slug }} search={{ tab: 'offboarding' }}>
            See how, or call it off
          </Link>
        </Text>
      </Alert>
    )}
  </>
);

/** Never there, or deleted: of a deleted one the certificate is left. */
function Gone({ slug }: { readonly slug: string }): ReactNode {
  const found = useApi('GET /api/v1/tenants/{tenant}/offboarding', { path: { tenant: slug } });
  const offboarding = found.data?.offboarding ?? undefined;
  return (
    <Page title={offboarding?.name ?? 'Tenant'} about={offboarding === undefined ? undefined : words(slug)}>
      {offboarding !== undefined && <Departed offboarding={offboarding} />}
      {found.error !== null && <FaultAlert fault={found.error} title="There is no such tenant" />}
    </Page>
  );
}
