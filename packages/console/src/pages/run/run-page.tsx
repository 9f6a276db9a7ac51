/** A run: what stopped it, what waits for people, its timeline, its graph, its phases; a step opens beside it. */
import { SegmentedControl, Stack, Text } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, memo, type ReactNode, Suspense, useCallback, useEffect } from 'react';
import { useApi } from '../../api/use-api.ts';
import { useMe } from '../../api/use-me.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Loaded, Loading } from '../../parts/states.tsx';
import { Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Halts } from './halts.tsx';
import { Phases } from './phases.tsx';
import { PortalLinks } from './portal-links.tsx';
import { Questions } from './questions.tsx';
import { RunActs } from './run-acts.tsx';
import { StepPanel } from './step-panel.tsx';
import { Timeline } from './timeline.tsx';
import { ENDED, type LiveRun, type Outlook, type Run, useRun } from './use-run.ts';

const Graph = lazy(async () => ({ default: (await import('../../parts/graph.tsx')).Graph }));

export function RunPage(): ReactNode {
  const { run: id } = useParams({ from: '/runs/$run' });
  const live = useRun(id);
  const run = live.run.data;
  const outlook = useApi('GET /api/v1/runs/{run}/outlook', { path: { run: id } }, { enabled: run !== undefined });
  return (
    <Page
      title={run?.title ?? 'Run'}
      about={run === undefined ? undefined : <About run={run} live={live.live} />}
      actions={run === undefined ? undefined : <RunActs run={run} outlook={outlook.data} />}
    >
      <Loaded of={live.run} lines={8}>
        {(found) => <Body run={found} outlook={outlook.data} events={live.events} live={live.live} />}
      </Loaded>
    </Page>
  );
}

const About = ({ run, live }: { readonly run: Run; readonly live: boolean }): ReactNode => (
  <>
    <Status of={run.status} /> {run.runbook} {run.version}
    {run.tenant_slug !== null && (
      <>
        {' for '}
        <Link to="/tenants/$tenant" params={{ tenant: run.tenant_slug }}>
          {run.tenant_slug}
        </Link>
      </>
    )}
    , started by {run.started_by} <Time at={run.created_at} ago />
    {run.parent !== null && (
      <>
        {', for a step of '}
        <Link to="/runs/$run" params={{ run: run.parent.run }}>
          another run
        </Link>
      </>
    )}
    <span role="status">{live || ENDED.has(run.status) ? '' : '. Connecting again…'}</span>
  </>
);

interface BodyProps extends Pick<LiveRun, 'events' | 'live'> {
  readonly run: Run;
  readonly outlook: Outlook | undefined;
}

function Body({ run, outlook, events, live }: BodyProps): ReactNode {
  const { step: open, view = 'timeline', phase } = useSearch({ from: '/runs/$run' });
  const navigate = useNavigate({ from: '/runs/$run' });
  const onOpen = useCallback(
    (step: string): void => void navigate({ search: (before) => ({ ...before, step }), resetScroll: false }),
    [navigate],
  );
  const onClose = useCallback(
    (): void => void navigate({ search: ({ step: _step, ...rest }) => rest, resetScroll: false }),
    [navigate],
  );
  useEffect(() => {
    if (phase !== undefined) document.getElementById(`phase-${phase}`)?.scrollIntoView();
  }, [phase]);
  return (
    <Stack gap="md">
      {run.ending !== null && (
        <Text size="sm">
          {run.ending.by} ended this run{run.ending.undo ? ', and what it made is taken back' : ''}: {run.ending.reason}
        </Text>
      )}
      <Halts run={run} outlook={outlook} onOpen={onOpen} />
      <Waiting run={run} onOpen={onOpen} />
      <Questions run={run} live={live} />
      <SegmentedControl
        aria-label="How the run is shown"
        value={view}
        onChange={(next) =>
          void navigate({ search: (before) => ({ ...before, view: next as 'timeline' | 'graph' }), resetScroll: false })
        }
        data={[
          { value: 'timeline', label: 'Timeline' },
          { value: 'graph', label: 'Graph' },
        ]}
      />
      {view === 'graph' ? (
        <Section title="Graph">
          <Suspense fallback={<Loading lines={6} />}>
            {outlook === undefined ? (
              <Loading lines={6} />
            ) : (
              <Graph
                phases={run.phases.map((each) => ({
                  ...each,
                  needs: outlook.phases.find(({ id }) => id === each.id)?.needs ?? [],
                }))}
                steps={run.steps.map((step) => ({
                  ...step,
                  needs: outlook.steps.find(({ id }) => id === step.id)?.needs ?? [],
                }))}
                onOpen={onOpen}
              />
            )}
          </Suspense>
        </Section>
      ) : (
        <Timeline run={run.id} />
      )}
      <Phases run={run} outlook={outlook} open={open} onOpen={onOpen} />
      <PortalLinks run={run} />
      <StepPanel
        run={run}
        step={run.steps.find(({ id }) => id === open)}
        outlook={outlook}
        events={events}
        onClose={onClose}
      />
    </Stack>
  );
}

interface WaitingProps {
  readonly run: Run;
  readonly onOpen: (step: string) => void;
}

/** What waits for people, those of the reader first. */
const Waiting = memo(function Waiting({ run, onOpen }: WaitingProps): ReactNode {
  const me = useMe();
  if (run.asks.length === 0) return null;
  const isMine = (roles: readonly string[]): boolean => roles.some((role) => me?.roles.includes(role));
  const asks = run.asks.toSorted((a, b) => Number(isMine(b.roles)) - Number(isMine(a.roles)));
  return (
    <Section title="Waiting for people" count={asks.length}>
      <ul className="rows">
        {asks.map((ask) => (
          <li key={ask.step}>
            <div className="what">
              <strong>{ask.title}</strong>
              <Text size="sm" className="quiet">
                {ask.roles.map(words).join(' or ')}
                {ask.asked_at !== null && (
                  <>
                    , asked <Time at={ask.asked_at} ago />
                  </>
                )}
              </Text>
            </div>
            <button
              type="button"
              className={isMine(ask.roles) ? 'act act-mine' : 'act'}
              onClick={() => onOpen(ask.step)}
              aria-label={`${isMine(ask.roles) ? 'Open' : 'Look'}: ${ask.title}`}
            >
              {isMine(ask.roles) ? 'Open' : 'Look'}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
});
