/** One tenant: status, plan, usage, runs, ledger, contacts, documents, audit. */
import { SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../api/call.ts';
import { useApi } from '../api/use-api.ts';
import { may, useMe } from '../api/use-me.ts';
import { Facts } from '../parts/facts.tsx';
import { Page, ScrollX, Section } from '../parts/page.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';
import { AuditRows } from './audit-rows.tsx';
import { RunTable } from './runs.tsx';
import { TENANT_TABS, type TenantTab } from './tenant-tabs.ts';

type Tenant = AnswerOf<'GET /api/v1/tenants/{tenant}'>;

export function TenantPage(): ReactNode {
  const { tenant: key } = useParams({ from: '/tenants/$tenant' });
  const { tab = 'overview' } = useSearch({ from: '/tenants/$tenant' });
  const navigate = useNavigate({ from: '/tenants/$tenant' });
  const me = useMe();
  const tenant = useApi('GET /api/v1/tenants/{tenant}', { path: { tenant: key } });
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
      <ScrollX label="What is shown of the tenant">
        <SegmentedControl
          aria-label="What is shown of the tenant"
          value={tab}
          onChange={(next) => void navigate({ search: { tab: next as TenantTab } })}
          data={tabs.map((value) => ({ value, label: `${value.slice(0, 1).toUpperCase()}${value.slice(1)}` }))}
        />
      </ScrollX>
      <Loaded of={tenant}>{(found) => <Tab tab={tab} tenant={found} />}</Loaded>
    </Page>
  );
}

function Tab({ tab, tenant }: { readonly tab: TenantTab; readonly tenant: Tenant }): ReactNode {
  switch (tab) {
    case 'overview':
      return <Overview tenant={tenant} />;
    case 'runs':
      return <Runs tenant={tenant.id} />;
    case 'ledger':
      return <Ledger tenant={tenant.id} />;
    case 'contacts':
      return <Contacts tenant={tenant} />;
    case 'documents':
      return <Documents tenant={tenant.id} />;
    case 'usage':
      return <Usage tenant={tenant.id} />;
    case 'history':
      return <History tenant={tenant.id} />;
    case 'audit':
      return <Audit tenant={tenant.id} />;
  }
}

const Overview = ({ tenant }: { readonly tenant: Tenant }): ReactNode => (
  <Stack gap="md">
    <Section title="The tenant">
      <Facts
        of={[
          ['Status', <Status key="s" of={tenant.status} />],
          ['Access', tenant.access_mode ?? 'open'],
          ['Why', tenant.status_reason ?? '–'],
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
          ['Id', <code key="i">{tenant.id}</code>],
        ]}
      />
    </Section>
    <Section title="Limits in force">
      {tenant.limits_unset.length > 0 && (
        <Text size="sm" mb="xs">
          <Status of="waiting">not set</Status> The plan leaves these to the contract:{' '}
          {tenant.limits_unset.map(words).join(', ')}.
        </Text>
      )}
      <Facts
        of={Object.entries(tenant.limits).map(([name, value]) => [words(name), value.toLocaleString()] as const)}
      />
    </Section>
    <Section title="Features in force">
      <Facts
        of={Object.entries(tenant.features).map(
          ([name, on]) =>
            [
              words(name),
              <Status key={name} of={on ? 'active' : 'off'}>
                {on ? 'on' : 'off'}
              </Status>,
            ] as const,
        )}
      />
    </Section>
  </Stack>
);

function Runs({ tenant }: { readonly tenant: string }): ReactNode {
  const runs = useApi('GET /api/v1/runs', { query: { tenant } });
  return (
    <Loaded of={runs}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No runs">Nothing was carried out for this tenant yet.</Empty>
        ) : (
          <RunTable runs={items} />
        )
      }
    </Loaded>
  );
}

/** Of every run of the tenant that is shown under Runs, the newest first. */
function Ledger({ tenant }: { readonly tenant: string }): ReactNode {
  const runs = useApi('GET /api/v1/runs', { query: { tenant } });
  return (
    <Loaded of={runs}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nothing in the ledger">No run has made or adopted anything yet.</Empty>
        ) : (
          <Stack gap="md">
            {items.map((run) => (
              <RunLedger key={run.id} run={run.id} title={run.title} />
            ))}
          </Stack>
        )
      }
    </Loaded>
  );
}

function RunLedger({ run, title }: { readonly run: string; readonly title: string }): ReactNode {
  const ledger = useApi('GET /api/v1/runs/{run}/resources', { path: { run } });
  return (
    <Section title={title} {...(ledger.data === undefined ? {} : { count: ledger.data.items.length })}>
      <Loaded of={ledger} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm">It made nothing.</Text>
          ) : (
            <Table.ScrollContainer minWidth={520}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Resource</Table.Th>
                    <Table.Th>How</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Made</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((row) => (
                    <Table.Tr key={row.id}>
                      <Table.Td>
                        {row.kind} <strong>{row.name}</strong>
                      </Table.Td>
                      <Table.Td>
                        {row.claim} by {words(row.step)}
                      </Table.Td>
                      <Table.Td>
                        <Status of={row.status} />
                      </Table.Td>
                      <Table.Td>
                        <Time at={row.made_at} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </Loaded>
    </Section>
  );
}

const Contacts = ({ tenant }: { readonly tenant: Tenant }): ReactNode =>
  tenant.contacts.length === 0 ? (
    <Empty title="No contacts">The intake of a run names them.</Empty>
  ) : (
    <Section title="Contacts" count={tenant.contacts.length}>
      <ul className="rows">
        {tenant.contacts.map((contact) => (
          <li key={`${contact.party} ${contact.role}`}>
            <div className="what">
              <strong>{contact.name}</strong>{' '}
              <span className="quiet">
                {words(contact.role)}, {contact.party}
              </span>
            </div>
            <span>
              <a href={`mailto:${contact.email}`}>{contact.email}</a> {contact.phone}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );

function Documents({ tenant }: { readonly tenant: string }): ReactNode {
  const documents = useApi('GET /api/v1/tenants/{tenant}/documents', { path: { tenant } });
  return (
    <Loaded of={documents}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No documents">Runs leave them as they go.</Empty>
        ) : (
          <Section title="Documents" count={items.length}>
            <ul className="rows">
              {items.map((document) => (
                <li key={`${document.run} ${document.step} ${document.title}`}>
                  <div className="what">
                    <DocumentTitle of={document} />
                    <Text size="sm" className="quiet">
                      {document.owner === null ? '' : words(document.owner)} {document.notes}
                    </Text>
                  </div>
                  <Status of={document.status} />
                </li>
              ))}
            </ul>
          </Section>
        )
      }
    </Loaded>
  );
}

type TenantDocument = AnswerOf<'GET /api/v1/tenants/{tenant}/documents'>['items'][number];

const DocumentTitle = ({ of: { file, title, location } }: { readonly of: TenantDocument }): ReactNode => {
  const url = file?.url ?? location;
  return url === null || !/^(?:https?:\/)?\//.test(url) ? (
    <>
      {title} {url !== null && <span className="quiet">{url}</span>}
    </>
  ) : (
    <a href={new URL(url.replace(/^\//, '../'), document.baseURI).href}>{title}</a>
  );
};

const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(2)} %`);
const milliseconds = (ms: number | null): string => (ms === null ? '–' : `${Math.round(ms)} ms`);

/** What the application reported of the last day, with the bands of hypercare. */
function Usage({ tenant }: { readonly tenant: string }): ReactNode {
  const usage = useApi('GET /api/v1/tenants/{tenant}/metrics', { path: { tenant }, query: { minutes: 1_440 } });
  return (
    <Loaded of={usage}>
      {(found) =>
        found.reports === 0 ? (
          <Empty title="Nothing was reported">
            The application reports figures with the guard; none came in the last day.
          </Empty>
        ) : (
          <Section title="The last day, as the application reported it">
            <Facts
              of={[
                ['Requests', found.requests.toLocaleString()],
                ['Errors', <Band key="e" of={found.bands.error_rate} text={percent(found.error_rate)} />],
                ['Slowest 5 %', <Band key="p" of={found.bands.p95_ms} text={milliseconds(found.p95_ms)} />],
                [
                  'Log-ins that work',
                  <Band key="l" of={found.bands.log_in_success_rate} text={percent(found.log_in_success_rate)} />,
                ],
                ['Users that were active', found.active_users?.toLocaleString() ?? '–'],
                ['Time covered', percent(found.coverage)],
              ]}
            />
          </Section>
        )
      }
    </Loaded>
  );
}

const BANDS = { ok: 'passed', warn: 'waiting', alert: 'failed', missing: 'missing' } as const;

const Band = ({ of, text }: { readonly of: keyof typeof BANDS; readonly text: string }): ReactNode => (
  <>
    {text} <Status of={BANDS[of]}>{of}</Status>
  </>
);

function History({ tenant }: { readonly tenant: string }): ReactNode {
  const history = useApi('GET /api/v1/tenants/{tenant}/history', { path: { tenant } });
  return (
    <Loaded of={history}>
      {({ items }) => (
        <Section title="History">
          <ul className="rows">
            {items.map((line) => (
              <li key={line.number}>
                <div className="what">
                  <strong>{words(line.operation)}</strong> by {line.actor.label}
                  <Text size="sm" className="quiet">
                    {line.authority}
                    {line.reason === null ? '' : `: ${line.reason}`}
                  </Text>
                </div>
                <Time at={line.at} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Loaded>
  );
}

function Audit({ tenant }: { readonly tenant: string }): ReactNode {
  const audit = useApi('GET /api/v1/audit', { query: { tenant } });
  return <Loaded of={audit}>{({ items }) => <AuditRows rows={items} />}</Loaded>;
}
