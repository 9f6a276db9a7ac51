/** The audit log, whether its chain holds, and the evidence packs of runs. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { addressOf } from '../api/call.ts';
import { useApi } from '../api/use-api.ts';
import { may, useMe } from '../api/use-me.ts';
import { Facts } from '../parts/facts.tsx';
import { Page, Section } from '../parts/page.tsx';
import { Pager, usePaging } from '../parts/paging.tsx';
import { Loaded } from '../parts/states.tsx';
import { Status, words } from '../parts/status.tsx';
import { AuditRows } from './audit-rows.tsx';

interface Filter {
  readonly action: string;
  readonly actor: string;
  readonly tenant: string;
  readonly run: string;
  /** Days in the reader's zone; both are part of what is shown. */
  readonly from: string;
  readonly to: string;
}

const NOTHING: Filter = { action: '', actor: '', tenant: '', run: '', from: '', to: '' };
const TYPING_MS = 300;
const DAY_MS = 86_400_000;

export function AuditPage(): ReactNode {
  return (
    <Page title="Audit and evidence" about="Who did what, when, and on whose authority; nothing here can be changed.">
      <Chain />
      <Log />
      <Packs />
    </Page>
  );
}

function Chain(): ReactNode {
  const [asked, setAsked] = useState(false);
  const verdict = useApi('GET /api/v1/audit/verify', {}, { enabled: asked });
  return (
    <Section
      title="The chain"
      actions={
        <>
          <Button
            size="xs"
            variant="default"
            loading={verdict.isFetching}
            onClick={() => (asked ? void verdict.refetch() : setAsked(true))}
          >
            Verify now
          </Button>
          <Button
            size="xs"
            variant="default"
            component="a"
            href={addressOf('GET /api/v1/audit/checkpoint', {}).href}
            download="checkpoint.json"
          >
            Signed checkpoint
          </Button>
        </>
      }
    >
      {asked ? (
        <Loaded of={verdict} lines={2}>
          {(found) => (
            <Stack gap="sm">
              <Text>
                {found.ok ? (
                  <Status of="ok">the chain holds</Status>
                ) : (
                  <Status of="altered">{found.problems_total} problems</Status>
                )}
              </Text>
              <Facts
                of={[
                  ['Links read', found.rows.toLocaleString()],
                  ['Not sealed yet', found.pending.toLocaleString()],
                  ['Erased, with proof', found.erased.toLocaleString()],
                  ['Signed with', <code key="k">{found.key_id}</code>],
                ]}
              />
              {found.problems.map((problem) => (
                <Text size="sm" key={`${problem.kind} ${problem.position} ${problem.row_id}`}>
                  <Status of="altered">{words(problem.kind)}</Status> {problem.message}
                </Text>
              ))}
            </Stack>
          )}
        </Loaded>
      ) : (
        <Text size="sm">
          Verifying reads every link: altered, removed, reordered and missing entries show. Keep a signed checkpoint
          elsewhere, and a shortened log shows as well.
        </Text>
      )}
    </Section>
  );
}

const startOf = (day: string): string => new Date(`${day}T00:00:00`).toISOString();
const endOf = (day: string): string => new Date(new Date(`${day}T00:00:00`).getTime() + DAY_MS).toISOString();

function queryOf({ action, actor, tenant, run, from, to }: Filter) {
  return {
    ...(action.trim() === '' ? {} : { action: action.trim() }),
    ...(actor.trim() === '' ? {} : { actor: actor.trim() }),
    ...(tenant.trim() === '' ? {} : { tenant: tenant.trim() }),
    ...(run.trim() === '' ? {} : { run: run.trim() }),
    ...(from === '' ? {} : { from: startOf(from) }),
    ...(to === '' ? {} : { to: endOf(to) }),
  };
}

function Log(): ReactNode {
  const [filter, setFilter] = useState(NOTHING);
  const [typed] = useDebouncedValue(filter, TYPING_MS);
  const paging = usePaging(JSON.stringify(typed));
  const audit = useApi('GET /api/v1/audit', { query: { ...queryOf(typed), cursor: paging.cursor } }, { keep: true });
  const field = (name: keyof Filter, label: string, type: 'search' | 'date' = 'search'): ReactNode => (
    <TextInput
      label={label}
      type={type}
      value={filter[name]}
      onChange={(event) => setFilter({ ...filter, [name]: event.currentTarget.value })}
    />
  );
  return (
    <Section title="The log">
      <Group align="flex-end" mb="md">
        {field('action', 'Action or its beginning')}
        {field('actor', 'Id of who did it')}
        {field('tenant', 'Id of a tenant')}
        {field('run', 'Id of a run')}
        {field('from', 'From', 'date')}
        {field('to', 'To', 'date')}
      </Group>
      <Loaded of={audit}>
        {({ items, next_cursor: next }) => (
          <Stack gap="sm">
            <AuditRows rows={items} />
            <Pager paging={paging} next={next} />
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function Packs(): ReactNode {
  const me = useMe();
  const paging = usePaging('');
  const runs = useApi(
    'GET /api/v1/runs',
    { query: { limit: 10, cursor: paging.cursor } },
    { keep: true, enabled: may(me, 'runs:read') },
  );
  return (
    <Section title="Evidence packs">
      <Text size="sm" mb="xs">
        Everything that proves a run, as one file that verifies without this installation.
      </Text>
      <Loaded of={runs} lines={2}>
        {({ items, next_cursor: next }) => (
          <Stack gap="sm">
            <ul className="rows">
              {items.map((run) => (
                <li key={run.id}>
                  <div className="what">
                    <Link to="/runs/$run" params={{ run: run.id }}>
                      {run.title}
                    </Link>{' '}
                    <Status of={run.status} />
                  </div>
                  <Button
                    size="xs"
                    variant="default"
                    component="a"
                    aria-label={`Download the evidence pack of ${run.title}`}
                    href={addressOf('GET /api/v1/runs/{run}/evidence-pack', { path: { run: run.id } }).href}
                    download
                  >
                    Download
                  </Button>
                </li>
              ))}
            </ul>
            <Pager paging={paging} next={next} />
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
