/** Backups of whole databases that will still hold rows of a tenant, and until when. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Section } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Day } from '../../parts/time.tsx';

const SCOPES: Readonly<Record<string, string>> = {
  set: 'databases of the product',
  self: 'the control plane',
  tenant: 'this tenant alone',
};

export function BackupsThatRemain({ product }: { readonly product: string }): ReactNode {
  const sets = useApi('GET /api/v1/backups', { query: { product, limit: 50 } });
  return (
    <Section title="Backups that outlive the deletion">
      <Text size="sm" mb="xs">
        The tenant's own backups become unreadable with the deletion. Backups of whole databases keep its rows until
        they expire; every restore leaves the tenant out.
      </Text>
      <Loaded of={sets} lines={2}>
        {({ items }) => {
          const whole = items.filter(({ scope, status }) => scope !== 'tenant' && status === 'ready');
          return whole.length === 0 ? (
            <Text size="sm" className="quiet">
              There is none as it stands.
            </Text>
          ) : (
            <RemainingTable
              rows={whole.map(({ id, scope, stamp, keep_until }) => ({ id, of: scope, stamp, keepUntil: keep_until }))}
            />
          );
        }}
      </Loaded>
    </Section>
  );
}

interface Remaining {
  readonly id: string;
  readonly of: string;
  readonly stamp: string;
  readonly keepUntil: string;
}

export const RemainingTable = ({ rows }: { readonly rows: readonly Remaining[] }): ReactNode => (
  <DataTable
    label="Backups that still hold rows"
    minWidth={320}
    rows={rows}
    keyOf={({ id }) => id}
    columns={[
      { title: 'Of', cell: ({ of }) => SCOPES[of] ?? of },
      { title: 'Taken', cell: ({ stamp }) => <code>{stamp}</code> },
      { title: 'Kept until', cell: ({ keepUntil }) => <Day at={keepUntil} /> },
    ]}
  />
);
