import { Group, NativeSelect, Table, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useApi } from '../api/use-api.ts';
import { Page } from '../parts/page.tsx';
import { Pager, usePaging } from '../parts/paging.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';

const STATUSES = ['onboarding', 'trial', 'active', 'suspended', 'offboarded'] as const;
const PLANS = ['free', 'starter', 'professional', 'enterprise'] as const;
const TYPING_MS = 200;

/** Cut, searched and filtered by the server: one page of fifty, however many there are. */
export function TenantsPage(): ReactNode {
  const [search, setSearch] = useState('');
  const [status, setStatus] = useState<(typeof STATUSES)[number] | ''>('');
  const [plan, setPlan] = useState<(typeof PLANS)[number] | ''>('');
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS);
  const paging = usePaging(`${typed} ${status} ${plan}`);
  const query = {
    cursor: paging.cursor,
    ...(typed === '' ? {} : { search: typed }),
    ...(status === '' ? {} : { status }),
    ...(plan === '' ? {} : { plan }),
  };
  const tenants = useApi('GET /api/v1/tenants', { query }, { keep: true });
  return (
    <Page title="Tenants" about="Every client's own instance of a product.">
      <Group align="flex-end">
        <TextInput
          label="Search"
          description="Beginnings of words of the name or slug"
          type="search"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          style={{ flex: '1 1 16rem' }}
        />
        <NativeSelect
          label="Status"
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value as typeof status)}
          data={[{ value: '', label: 'Any' }, ...STATUSES]}
        />
        <NativeSelect
          label="Plan"
          value={plan}
          onChange={(event) => setPlan(event.currentTarget.value as typeof plan)}
          data={[{ value: '', label: 'Any' }, ...PLANS]}
        />
      </Group>
      <Loaded of={tenants}>
        {({ items, next_cursor: next }) =>
          items.length === 0 ? (
            <Empty title={typed === '' && status === '' && plan === '' ? 'No tenants yet' : 'Nothing fits'}>
              {typed === '' && status === '' && plan === ''
                ? 'The first onboarding makes the first.'
                : 'Take a filter away, or search for the beginning of a word.'}
            </Empty>
          ) : (
            <>
              <Table.ScrollContainer minWidth={560}>
                <Table verticalSpacing="sm" highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Tenant</Table.Th>
                      <Table.Th>Product</Table.Th>
                      <Table.Th>Plan</Table.Th>
                      <Table.Th>Status</Table.Th>
                      <Table.Th>Since</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((tenant) => (
                      <Table.Tr key={tenant.id}>
                        <Table.Td>
                          <Link to="/tenants/$tenant" params={{ tenant: tenant.slug }}>
                            {tenant.name}
                          </Link>{' '}
                          <span className="quiet">{tenant.slug}</span>
                        </Table.Td>
                        <Table.Td>{tenant.product}</Table.Td>
                        <Table.Td>{tenant.plan}</Table.Td>
                        <Table.Td>
                          <Status of={tenant.status} />{' '}
                          {tenant.access_mode !== null && <span className="quiet">{words(tenant.access_mode)}</span>}
                        </Table.Td>
                        <Table.Td>
                          <Time at={tenant.created_at} ago />
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
