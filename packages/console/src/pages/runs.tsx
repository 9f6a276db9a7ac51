import { Group, NativeSelect, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
// By its own path, so that no schema library comes along with the page.
import { RUN_STATUSES, type RunStatus } from '@tenantry/contract/run-status';
import { type ReactNode, useState } from 'react';
import { useApi } from '../api/use-api.ts';
import { Page } from '../parts/page.tsx';
import { Pager, usePaging } from '../parts/paging.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { Time } from '../parts/time.tsx';

export function RunsPage(): ReactNode {
  const [status, setStatus] = useState<RunStatus | ''>('');
  const paging = usePaging(status);
  const query = { limit: 50, cursor: paging.cursor, ...(status === '' ? {} : { status }) };
  const runs = useApi('GET /api/v1/runs', { query }, { keep: true, everyMs: 15_000 });
  return (
    <Page title="Runs" about="Every carrying-out of a runbook, newest first.">
      <Group>
        <NativeSelect
          label="Status"
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value as RunStatus | '')}
          data={[{ value: '', label: 'Any' }, ...RUN_STATUSES.map((value) => ({ value, label: words(value) }))]}
        />
      </Group>
      <Loaded of={runs}>
        {({ items, next_cursor: next }) =>
          items.length === 0 ? (
            <Empty title="No runs">Start one under New onboarding, or with tenantry onboard FILE.</Empty>
          ) : (
            <>
              <RunTable runs={items} />
              <Pager paging={paging} next={next} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly status: string;
  readonly tenant_slug: string | null;
  readonly started_by: string;
  readonly updated_at: string;
}

export const RunTable = ({ runs }: { readonly runs: readonly Row[] }): ReactNode => (
  <Table.ScrollContainer minWidth={560}>
    <Table verticalSpacing="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Run</Table.Th>
          <Table.Th>Tenant</Table.Th>
          <Table.Th>Status</Table.Th>
          <Table.Th>Started by</Table.Th>
          <Table.Th>Moved</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {runs.map((run) => (
          <Table.Tr key={run.id}>
            <Table.Td>
              <Link to="/runs/$run" params={{ run: run.id }}>
                {run.title}
              </Link>{' '}
              <span className="quiet">{run.version}</span>
            </Table.Td>
            <Table.Td>{run.tenant_slug ?? <span className="quiet">–</span>}</Table.Td>
            <Table.Td>
              <Status of={run.status} />
            </Table.Td>
            <Table.Td>{run.started_by}</Table.Td>
            <Table.Td>
              <Time at={run.updated_at} ago />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);
