/** One version of a runbook: what it is for, its graph, its source, what lint finds, how it differs, who approved. */
import { Button, Code, List, NativeSelect, SegmentedControl, Stack, Text } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useAct, useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { diffLines, withContext } from '../../parts/diff.ts';
import { Facts } from '../../parts/facts.tsx';
import { Page, ScrollX, Section } from '../../parts/page.tsx';
import { FaultAlert, Loaded, Loading } from '../../parts/states.tsx';
import { Mark, Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Approved } from './runbooks-page.tsx';
import { VERSION_TABS, type VersionTab } from './version-tabs.ts';

const Graph = lazy(async () => ({ default: (await import('../../parts/graph.tsx')).Graph }));

type VersionView = AnswerOf<'GET /api/v1/runbooks/{runbook}/versions/{version}'>;

const TITLES: Readonly<Record<VersionTab, string>> = {
  graph: 'Graph',
  lint: 'Lint',
  difference: 'Difference',
  source: 'Source',
  approval: 'Approval',
};

export function VersionPage(): ReactNode {
  const path = useParams({ from: '/runbooks/$runbook/$version' });
  const { tab = 'graph' } = useSearch({ from: '/runbooks/$runbook/$version' });
  const navigate = useNavigate({ from: '/runbooks/$runbook/$version' });
  const version = useApi('GET /api/v1/runbooks/{runbook}/versions/{version}', { path });
  return (
    <Page
      title={
        version.data === undefined ? `${path.runbook} ${path.version}` : `${version.data.title} ${version.data.version}`
      }
      about={version.data === undefined ? undefined : <Purpose version={version.data} />}
    >
      <ScrollX label="What is shown of the version">
        <SegmentedControl
          aria-label="What is shown of the version"
          value={tab}
          onChange={(next) => void navigate({ search: { tab: next as VersionTab } })}
          data={VERSION_TABS.map((value) => ({ value, label: TITLES[value] }))}
        />
      </ScrollX>
      <Loaded of={version} lines={8}>
        {(found) => <Tab tab={tab} version={found} />}
      </Loaded>
    </Page>
  );
}

const Purpose = ({ version }: { readonly version: VersionView }): ReactNode => {
  const about = version.definition.about as { readonly purpose?: string } | undefined;
  return (
    <Stack gap={4}>
      {about?.purpose !== undefined && <span>{about.purpose}</span>}
      <Approved version={version} />
    </Stack>
  );
};

function Tab({ tab, version }: { readonly tab: VersionTab; readonly version: VersionView }): ReactNode {
  switch (tab) {
    case 'graph':
      return <GraphTab version={version} />;
    case 'lint':
      return <Lint faults={version.faults} />;
    case 'difference':
      return <Difference version={version} />;
    case 'source':
      return (
        <Section title="Source">
          <ScrollX label="Source">
            <Code block className="source">
              {version.source}
            </Code>
          </ScrollX>
        </Section>
      );
    case 'approval':
      return <Approval version={version} />;
  }
}

/** Phases and steps may share a name, so the graph has them with what they are in front. */
const bare = (id: string): string => id.slice(id.indexOf(':') + 1);

function GraphTab({ version: { graph } }: { readonly version: VersionView }): ReactNode {
  const needsOf = (node: string): readonly string[] =>
    graph.edges.filter(({ to, type }) => to === node && type === 'needs').map(({ from }) => bare(from));
  const phases = graph.nodes
    .filter(({ type }) => type === 'phase')
    .map(({ id, title }) => ({ id: bare(id), title, needs: needsOf(id) }));
  const steps = graph.nodes
    .filter(({ type }) => type === 'step')
    .map(({ id, title, phase = '', kind = '' }) => ({ id: bare(id), title, phase, kind, needs: needsOf(id) }));
  return (
    <Section title="Graph" count={steps.length}>
      <Suspense fallback={<Loading lines={6} />}>
        <Graph phases={phases} steps={steps} />
      </Suspense>
      <details>
        <summary>As a list</summary>
        <List size="sm">
          {graph.nodes.map((node) => (
            <List.Item key={node.id} className={node.type === 'phase' ? 'phase-item' : ''}>
              {node.title} {node.kind !== undefined && <span className="quiet">{words(node.kind)}</span>}{' '}
              {node.if !== undefined && (
                <>
                  only if <code>{node.if}</code>
                </>
              )}
            </List.Item>
          ))}
        </List>
      </details>
    </Section>
  );
}

const Lint = ({ faults }: { readonly faults: VersionView['faults'] }): ReactNode => (
  <Section title="Lint" count={faults.length}>
    {faults.length === 0 ? (
      <Text size="sm">
        <Status of="passed">clean</Status> Against the actions there are today.
      </Text>
    ) : (
      <ul className="rows">
        {faults.map((fault) => (
          <li key={`${fault.line} ${fault.column} ${fault.rule} ${fault.message}`}>
            <div className="what">
              <Status of={fault.severity === 'error' ? 'failed' : 'waiting'}>{fault.severity}</Status> {fault.message}
              <Text size="sm" className="quiet">
                {fault.fix}
              </Text>
            </div>
            <span className="quiet">
              {fault.line === undefined ? '' : `line ${fault.line}, `}
              {fault.rule}
            </span>
          </li>
        ))}
      </ul>
    )}
  </Section>
);

const AROUND = 3;

function Difference({ version }: { readonly version: VersionView }): ReactNode {
  const all = useApi('GET /api/v1/runbooks', {});
  const others = (all.data?.items ?? []).filter(
    ({ id, version: each }) => id === version.id && each !== version.version,
  );
  const [picked, setPicked] = useState('');
  const other = picked === '' ? (others[0]?.version ?? '') : picked;
  const before = useApi(
    'GET /api/v1/runbooks/{runbook}/versions/{version}',
    { path: { runbook: version.id, version: other } },
    { enabled: other !== '' },
  );
  if (all.data !== undefined && others.length === 0)
    return (
      <Section title="Difference">
        <Text size="sm">There is no other version to compare with.</Text>
      </Section>
    );
  return (
    <Section title="Difference">
      <NativeSelect
        label="Compared with"
        value={other}
        onChange={(event) => setPicked(event.currentTarget.value)}
        data={others.map((each) => each.version)}
        mb="sm"
      />
      <Loaded of={before}>{(found) => <DiffTable before={found.source} after={version.source} />}</Loaded>
    </Section>
  );
}

const SIGNS = { same: ' ', gone: '−', new: '+' } as const;
const SAID = { same: '', gone: 'taken away', new: 'added' } as const;

function DiffTable({ before, after }: { readonly before: string; readonly after: string }): ReactNode {
  const lines = withContext(diffLines(before, after), AROUND);
  if (lines.every((line) => line === undefined || line.kind === 'same'))
    return <Text size="sm">The sources are equal.</Text>;
  return (
    <ScrollX label="Lines that differ">
      <div className="diff">
        {lines.map((line, index) =>
          line === undefined ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: what is left out has no name but its place
            <div key={index} className="quiet">
              …
            </div>
          ) : (
            <div key={`${line.kind} ${line.line}`} className={`diff-${line.kind}`}>
              <span className="diff-line">{line.line}</span>
              <span aria-hidden="true">{SIGNS[line.kind]} </span>
              <span className="sr-only">{SAID[line.kind]}</span>
              {line.text}
            </div>
          ),
        )}
      </div>
    </ScrollX>
  );
}

function Approval({ version }: { readonly version: VersionView }): ReactNode {
  const me = useMe();
  const approve = useAct('POST /api/v1/runbooks/{runbook}/versions/{version}/approve', {
    refresh: ['GET /api/v1/runbooks', 'GET /api/v1/runbooks/{runbook}/versions/{version}'],
  });
  const path = { runbook: version.id, version: version.version };
  return (
    <Section title="Approval">
      <Facts
        of={[
          ['Bound to SHA-256', <code key="h">{version.hash}</code>],
          ['Published', <Time key="p" at={version.published_at} />],
        ]}
      />
      <ul className="rows">
        {version.approvals.map((approval) => (
          <li key={`${approval.role} ${approval.name}`}>
            <div className="what">
              <Status of="approved" /> {approval.name} as {words(approval.role)}{' '}
              {approval.development && <Mark>development approval</Mark>}
            </div>
            <Time at={approval.at} />
          </li>
        ))}
        {version.missing.map((role) => (
          <li key={role}>
            <div className="what">
              <Status of="waiting">missing</Status> {words(role)}
            </div>
            {me?.roles.includes(role) && may(me, 'runbooks:write') ? (
              <Button size="xs" loading={approve.isPending} onClick={() => approve.mutate({ path, body: { role } })}>
                Approve as {words(role)}
              </Button>
            ) : (
              <span className="quiet">not yours to give</span>
            )}
          </li>
        ))}
      </ul>
      {version.approvals.length + version.missing.length === 0 && (
        <Text size="sm">This runbook asks for no approval.</Text>
      )}
      {approve.error !== null && <FaultAlert fault={approve.error} />}
    </Section>
  );
}
