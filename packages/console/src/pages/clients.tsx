import { Stack, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useApi } from '../api/use-api.ts';
import { Facts } from '../parts/facts.tsx';
import { Page, Section } from '../parts/page.tsx';
import { Pager, usePaging } from '../parts/paging.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { Day } from '../parts/time.tsx';

const TYPING_MS = 200;

/** Cut and searched by the server, however many there are. */
export function ClientsPage(): ReactNode {
  const [search, setSearch] = useState('');
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS);
  const paging = usePaging(typed);
  const query = { cursor: paging.cursor, ...(typed === '' ? {} : { search: typed }) };
  const clients = useApi('GET /api/v1/clients', { query }, { keep: true });
  return (
    <Page title="Clients" about="The companies that buy, by the reference they have with you.">
      <TextInput
        label="Search"
        description="Beginnings of words of the name or reference"
        type="search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Loaded of={clients}>
        {({ items, next_cursor: next }) =>
          items.length === 0 ? (
            <Empty title={typed === '' ? 'No clients yet' : 'Nothing fits'}>
              {typed === '' ? 'The first onboarding makes the first.' : 'Search for the beginning of a word.'}
            </Empty>
          ) : (
            <>
              <Table.ScrollContainer minWidth={480}>
                <Table verticalSpacing="sm" highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Client</Table.Th>
                      <Table.Th>Reference</Table.Th>
                      <Table.Th>Language</Table.Th>
                      <Table.Th>Contract ends</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((client) => (
                      <Table.Tr key={client.id}>
                        <Table.Td>
                          <Link to="/clients/$client" params={{ client: client.id }}>
                            {client.legal_name}
                          </Link>
                        </Table.Td>
                        <Table.Td>{client.reference}</Table.Td>
                        <Table.Td>{client.language}</Table.Td>
                        <Table.Td>
                          <Day at={client.contract.ends_on} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              <Pager paging={paging} next={next} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

export function ClientPage(): ReactNode {
  const { client: id } = useParams({ from: '/clients/$client' });
  const client = useApi('GET /api/v1/clients/{client}', { path: { client: id } });
  const tenants = useApi('GET /api/v1/tenants', { query: { client: id } });
  return (
    <Page title={client.data?.legal_name ?? 'Client'} about={client.data?.reference}>
      <Loaded of={client}>
        {(found) => (
          <Stack gap="md">
            <Section title="Contract">
              <Facts
                of={[
                  ['Language', found.language],
                  ['Time zone', found.time_zone],
                  ['Starts', <Day key="s" at={found.contract.starts_on} />],
                  ['Ends', <Day key="e" at={found.contract.ends_on} />],
                  ['Signed', <Day key="i" at={found.contract.signed_on} />],
                  ['Term', found.contract.term ?? '–'],
                  ['Service level', found.contract.sla_tier ?? '–'],
                ]}
              />
            </Section>
            <Section title="Contacts" count={found.contacts.length}>
              {found.contacts.length === 0 ? (
                <Text size="sm">Nobody was named.</Text>
              ) : (
                <ul className="rows">
                  {found.contacts.map((contact) => (
                    <li key={`${contact.role} ${contact.email}`}>
                      <div className="what">
                        <strong>{contact.name ?? contact.email}</strong>{' '}
                        <span className="quiet">{words(contact.role)}</span>
                      </div>
                      <a href={`mailto:${contact.email}`}>{contact.email}</a>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
            <Section title="Tenants">
              <Loaded of={tenants} lines={2}>
                {({ items }) =>
                  items.length === 0 ? (
                    <Text size="sm">None yet.</Text>
                  ) : (
                    <ul className="rows">
                      {items.map((tenant) => (
                        <li key={tenant.id}>
                          <div className="what">
                            <Link to="/tenants/$tenant" params={{ tenant: tenant.slug }}>
                              {tenant.name}
                            </Link>{' '}
                            <span className="quiet">
                              {tenant.product}, {tenant.plan}
                            </span>
                          </div>
                          <Status of={tenant.status} />
                        </li>
                      ))}
                    </ul>
                  )
                }
              </Loaded>
            </Section>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}
