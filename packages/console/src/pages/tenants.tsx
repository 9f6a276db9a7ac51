import { Group, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useAct, useApi } from '../api/use-api.ts';
import { may, useMe } from '../api/use-me.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Page } from '../parts/page.tsx';
import { Pager, usePaging } from '../parts/paging.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';

const STATUSES = ['onboarding', 'trial', 'active', 'suspended', 'offboarded'] as const;
const PLANS = ['free', 'starter', 'professional', 'enterprise'] as const;
const TYPING_MS = 200;

/** Cut, searched and filtered by the server: one page of fifty, however many there are. */
export function TenantsPage(): ReactNode {
  const mayWrite = may(useMe(), 'tenants:write');
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
    <Page title="Tenants" about="Every client's own instance of a product." actions={mayWrite && <StopAll />}>
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
              <DataTable
                label="Tenants"
                minWidth={560}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: 'Tenant',
                    cell: ({ name, slug }) => (
                      <>
                        <Link to="/tenants/$tenant" params={{ tenant: slug }}>
                          {name}
                        </Link>{' '}
                        <span className="quiet">{slug}</span>
                      </>
                    ),
                  },
                  { title: 'Product', cell: ({ product }) => product },
                  { title: 'Plan', cell: ({ plan: its }) => its },
                  {
                    title: 'Status',
                    cell: ({ status: its, access_mode: mode }) => (
                      <>
                        <Status of={its} /> {mode !== null && <span className="quiet">{words(mode)}</span>}
                      </>
                    ),
                  },
                  { title: 'Since', cell: ({ created_at: at }) => <Time at={at} ago /> },
                ]}
              />
              <Pager paging={paging} next={next} />
            </>
          )
        }
      </Loaded>
      {mayWrite && <StopAll />}
    </Page>
  );
}

const ALL = 'all tenants';

/** LIFE-34: where isolation itself is in doubt, nobody reads on. The server lets do it only who reaches every tenant. */
function StopAll(): ReactNode {
  const [typed, setTyped] = useState('');
  const [done, setDone] = useState<string>();
  const told = (verb: string) => (answer: { readonly tenants: readonly unknown[] }) =>
    setDone(`${verb} ${answer.tenants.length} tenants.`);
  const refresh = ['GET /api/v1/tenants', 'GET /api/v1/tenants/{tenant}/life'] as const;
  const close = useAct('POST /api/v1/emergency/close-access', { refresh, onAnswer: told('Closed') });
  const open = useAct('POST /api/v1/emergency/open-access', { refresh, onAnswer: told('Opened') });
  return (
    <details>
      <summary>Emergency</summary>
      <Group gap="xs" pt="xs">
        <ReasonDialog
          name="emergency.all"
          label="Emergency stop of all…"
          title="Shut everybody out, of every tenant"
          about="For when isolation itself may have failed. It acts at once and on all; each status stays as it is, so that opening again restores exactly what was."
          danger
          pending={close.isPending}
          fault={close.error}
          incomplete={typed !== ALL}
          onConfirm={(reason) => close.mutateAsync({ body: { reason } })}
        >
          <TextInput
            label={`Type ${ALL}`}
            description="So that nobody does it by a slip."
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            required
            autoComplete="off"
          />
        </ReasonDialog>
        <ReasonDialog
          name="emergency.open"
          label="Open all again…"
          title="Take the emergency stop of all tenants back"
          about="Also of those that were stopped one by one. Suspensions and ends stay as they are."
          pending={open.isPending}
          fault={open.error}
          onConfirm={(reason) => open.mutateAsync({ body: { reason } })}
        />
        <span role="status">{done}</span>
      </Group>
    </details>
  );
}
