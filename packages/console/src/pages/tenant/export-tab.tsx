/** The data of a tenant, or of one person of it, to take along. */
import { Button, Group, NativeSelect, Radio, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { ApiFault } from '../../api/api-fault.ts';
import { addressOf, call } from '../../api/call.ts';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { saveFile, saveText } from '../../parts/save-file.ts';
import { Empty, FaultAlert, Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { amountText, numberText } from './limits.ts';
import { type ExportProgress, type TakenExport, takeExport } from './take-export.ts';
import type { Tenant } from './tenant-types.ts';
import { Wishes } from './wishes.tsx';

export function ExportTab({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const me = useMe();
  if (!may(me, 'tenants:write')) {
    return <Empty title="Not yours to take">Whoever may change a tenant may take its data along.</Empty>;
  }
  return (
    <Stack gap="md">
      <Wishes tenant={tenant.id} only={['export']} />
      <Everything tenant={tenant} />
      <OnePerson tenant={tenant} />
      {may(me, 'audit:read') && <Taken tenant={tenant.id} />}
    </Stack>
  );
}

function Everything({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const [format, setFormat] = useState<'json' | 'csv'>('json');
  const [progress, setProgress] = useState<ExportProgress>();
  const leaving = useRef<AbortController>(undefined);
  const client = useQueryClient();
  // Whoever leaves the page wants it no more.
  useEffect(() => () => leaving.current?.abort(), []);
  const take = useMutation<TakenExport | undefined, ApiFault, void>({
    mutationFn: async () => {
      leaving.current = new AbortController();
      setProgress(undefined);
      const address = addressOf('GET /api/v1/tenants/{tenant}/export', {
        path: { tenant: tenant.id },
        query: { format },
      });
      return takeExport(address, {
        told: setProgress,
        signal: leaving.current.signal,
        root: new URL('..', document.baseURI),
      });
    },
    onSuccess: async (taken) => {
      if (taken !== undefined) saveFile(taken.name, taken.url);
      await client.invalidateQueries({ queryKey: ['GET /api/v1/audit'] });
    },
  });
  return (
    <Section title="Everything of the tenant">
      <Stack gap="sm">
        <Text size="sm">
          One ZIP archive: accounts, projects, audit trail, settings and every other table, with a manifest that counts
          and hashes each and names what is left out. Passwords, tokens and other secrets are never in it.
        </Text>
        <Radio.Group label="Format" value={format} onChange={(value) => setFormat(value === 'csv' ? 'csv' : 'json')}>
          <Group gap="md" mt="xs">
            <Radio value="json" label="JSON" />
            <Radio value="csv" label="JSON, and CSV beside each table" />
          </Group>
        </Radio.Group>
        <Group gap="sm">
          <Button loading={take.isPending} onClick={() => take.mutate()}>
            Export
          </Button>
          {take.isPending && (
            <Button variant="default" onClick={() => leaving.current?.abort()}>
              Stop
            </Button>
          )}
          <Text size="sm" className="quiet" role="status">
            {take.isPending
              ? progressText(progress)
              : take.data === undefined
                ? ''
                : `${take.data.name} is with your browser's downloads.`}
          </Text>
        </Group>
        {take.error !== null && (
          <FaultAlert fault={take.error} title="There is no export" onRetry={() => take.mutate()} />
        )}
      </Stack>
    </Section>
  );
}

function progressText(progress: ExportProgress | undefined): string {
  if (progress === undefined) return 'Begins…';
  const { bytes, rows, table } = progress;
  const parts = [amountText('_bytes', bytes), rows === undefined ? '' : `${numberText(rows)} rows`, table ?? ''];
  return `${parts.filter(Boolean).join(', ')} so far`;
}

type Personal = AnswerOf<'GET /api/v1/tenants/{tenant}/users/{user}/personal-data'>;

function OnePerson({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const users = useApi('GET /api/v1/tenants/{tenant}/users', { path: { tenant: tenant.id }, query: { limit: 200 } });
  const [chosen, setChosen] = useState('');
  const find = useMutation<Personal, ApiFault, string>({
    mutationFn: (user) =>
      call('GET /api/v1/tenants/{tenant}/users/{user}/personal-data', { path: { tenant: tenant.id, user } }),
  });
  return (
    <Section title="What is held about one person">
      <Loaded of={users} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm">The tenant has no users yet.</Text>
          ) : (
            <Stack gap="sm">
              <Text size="sm">
                Every row that names them by address or account, here and in the databases of the product. Answering
                such a request is due within 30 days.
              </Text>
              <Group align="flex-end" gap="sm">
                <NativeSelect
                  label="Person"
                  value={chosen}
                  onChange={(event) => {
                    setChosen(event.currentTarget.value);
                    find.reset();
                  }}
                  data={[
                    { value: '', label: 'Choose…' },
                    ...items.map(({ id, full_name: name, email }) => ({ value: id, label: `${name} (${email})` })),
                  ]}
                />
                <Button
                  variant="default"
                  disabled={chosen === ''}
                  loading={find.isPending}
                  onClick={() => find.mutate(chosen)}
                >
                  Look it up
                </Button>
              </Group>
              {find.error !== null && <FaultAlert fault={find.error} />}
              {find.data !== undefined && <Found data={find.data} />}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

const Found = ({ data }: { readonly data: Personal }): ReactNode => (
  <Stack gap="xs">
    <DataTable
      label={`Rows about ${data.person.email}`}
      minWidth={320}
      rows={data.tables.filter(({ rows }) => rows.length > 0)}
      keyOf={({ database, table }) => `${database} ${table}`}
      columns={[
        { title: 'Database', cell: ({ database }) => database },
        { title: 'Table', cell: ({ table }) => table },
        { title: 'Rows', isNumber: true, cell: ({ rows }) => numberText(rows.length) },
      ]}
    />
    <Group>
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          saveText(
            `personal-data-${data.person.id}.json`,
            'application/json',
            `${JSON.stringify(data, undefined, 2)}\n`,
          )
        }
      >
        Download as JSON
      </Button>
    </Group>
  </Stack>
);

/** From the audit log: whoever takes data along is on record. */
function Taken({ tenant }: { readonly tenant: string }): ReactNode {
  const audit = useApi('GET /api/v1/audit', { query: { tenant, action: 'tenant.exported' } });
  return (
    <Section title="Exports so far">
      <Loaded of={audit} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm" className="quiet">
              Nobody has taken the data of this tenant along.
            </Text>
          ) : (
            <DataTable
              label="Exports so far"
              minWidth={320}
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                { title: 'When', cell: ({ at }) => <Time at={at} /> },
                { title: 'By', cell: ({ actor }) => actor.name ?? actor.id },
                { title: 'Format', cell: ({ detail }) => formatIn(detail) },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

const formatIn = (detail: unknown): string =>
  typeof detail === 'object' && detail !== null && 'format' in detail ? String(detail.format).toUpperCase() : '–';
