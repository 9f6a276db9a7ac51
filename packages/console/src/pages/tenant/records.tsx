/** What is on record of a tenant: runs, what they made, contacts, documents, audit. */
import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useApi } from '../../api/use-api.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { AuditRows } from '../audit-rows.tsx';
import { RunTable } from '../runs.tsx';
import type { Tenant } from './tenant-types.ts';

export function Runs({ tenant }: { readonly tenant: string }): ReactNode {
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
export function Ledger({ tenant }: { readonly tenant: string }): ReactNode {
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
            <DataTable
              label={`Ledger of ${title}`}
              minWidth={520}
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                {
                  title: 'Resource',
                  cell: ({ kind, name }) => (
                    <>
                      {kind} <strong>{name}</strong>
                    </>
                  ),
                },
                { title: 'How', cell: ({ claim, step }) => `${claim} by ${words(step)}` },
                { title: 'State', cell: ({ status }) => <Status of={status} /> },
                { title: 'Made', cell: ({ made_at: at }) => <Time at={at} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

export const Contacts = ({ tenant }: { readonly tenant: Tenant }): ReactNode =>
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

export function Documents({ tenant }: { readonly tenant: string }): ReactNode {
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

export function Audit({ tenant }: { readonly tenant: string }): ReactNode {
  const audit = useApi('GET /api/v1/audit', { query: { tenant } });
  return <Loaded of={audit}>{({ items }) => <AuditRows rows={items} />}</Loaded>;
}
