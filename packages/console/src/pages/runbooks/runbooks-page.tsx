/** Runbooks and their versions. */
import { Group, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useApi } from '../../api/use-api.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Mark, Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';

export type Version = AnswerOf<'GET /api/v1/runbooks'>['items'][number];

export function RunbooksPage(): ReactNode {
  const runbooks = useApi('GET /api/v1/runbooks', {});
  return (
    <Page title="Runbooks" about="Published versions never change. A run keeps the version it started with.">
      <Loaded of={runbooks}>
        {({ items }) => {
          const ids = [...new Set(items.map(({ id }) => id))];
          if (ids.length === 0)
            return <Empty title="No runbooks">Publish one with tenantry runbook publish FILE.</Empty>;
          return ids.map((id) => <Versions key={id} versions={items.filter((version) => version.id === id)} />);
        }}
      </Loaded>
    </Page>
  );
}

const Versions = ({ versions }: { readonly versions: readonly Version[] }): ReactNode => (
  <Section title={versions[0]?.title ?? ''} count={versions.length}>
    <ul className="rows">
      {versions.map((version) => (
        <li key={version.version}>
          <div className="what">
            <Link to="/runbooks/$runbook/$version" params={{ runbook: version.id, version: version.version }}>
              {version.id} {version.version}
            </Link>
            <Text size="sm" className="quiet">
              published <Time at={version.published_at} />
            </Text>
          </div>
          <Approved version={version} />
        </li>
      ))}
    </ul>
  </Section>
);

export const Approved = ({ version }: { readonly version: Version }): ReactNode => (
  <Group gap="xs">
    {version.missing.length > 0 ? (
      <Status of="waiting">needs {version.missing.map(words).join(', ')}</Status>
    ) : (
      <Status of="approved">{version.approvals.length === 0 ? 'needs no approval' : 'approved'}</Status>
    )}
    {version.approvals.some(({ development }) => development) && <Mark>development approval</Mark>}
  </Group>
);
