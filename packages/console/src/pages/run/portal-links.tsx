/** Who of the client is let into their portal by this run: links sent, looked through, and taken back. */
import { Button, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { AnswerOf } from '../../api/operation-types.ts';
import { useAct, useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { FaultAlert, Loaded } from '../../parts/states.tsx';
import { Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import type { Run } from './use-run.ts';

type PortalLink = AnswerOf<'GET /api/v1/runs/{run}/portal-links'>['items'][number];

/** Folded, and read when it is opened: most visits to a run are about something else. */
export function PortalLinks({ run }: { readonly run: Run }): ReactNode {
  const [opened, setOpened] = useState(false);
  if (run.tenant_slug === null) return null;
  return (
    <details className="section" onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>
        <Group gap="xs">
          <Title order={3} size="h5">
            Client’s portal
          </Title>
          <span className="quiet">links, and who is in by them</span>
        </Group>
      </summary>
      {opened && <Inside run={run} />}
    </details>
  );
}

function Inside({ run }: { readonly run: Run }): ReactNode {
  const me = useMe();
  const links = useApi('GET /api/v1/runs/{run}/portal-links', { path: { run: run.id } });
  return (
    <Stack gap="md" mt="md">
      {may(me, 'runs:write') && <SendLink run={run} />}
      <Loaded of={links} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Text size="sm">Nobody has a link yet. Whoever is asked for something gets one by mail.</Text>
          ) : (
            <ul className="rows">
              {items.map((link) => (
                <li key={link.id}>
                  <OneLink run={run.id} link={link} mayRevoke={may(me, 'runs:write')} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Stack>
  );
}

const STATES: Readonly<Record<PortalLink['status'], string>> = {
  waiting: 'waiting',
  open: 'live',
  expired: 'skipped',
  revoked: 'skipped',
};

interface OneLinkProps {
  readonly run: string;
  readonly link: PortalLink;
  readonly mayRevoke: boolean;
}

function OneLink({ run, link, mayRevoke }: OneLinkProps): ReactNode {
  const act = useAct('POST /api/v1/runs/{run}/portal-links/{link}/revoke', {
    refresh: ['GET /api/v1/runs/{run}/portal-links'],
  });
  const usable = link.status === 'waiting' || link.status === 'open';
  return (
    <>
      <div className="what">
        <Status of={STATES[link.status]}>{link.status === 'waiting' ? 'not opened yet' : link.status}</Status>{' '}
        <strong>{link.person.name}</strong> <span className="quiet">{link.roles.map(words).join(', ')}</span>
        <Text size="sm" className="quiet">
          {link.person.email}, made by {link.made_by} <Time at={link.created_at} ago />
          {usable && (
            <>
              , until <Time at={link.expires_at} />
            </>
          )}
          {link.revoked_reason !== null && `, taken back: ${link.revoked_reason}`}
        </Text>
      </div>
      {mayRevoke && usable && (
        <ReasonDialog
          name={`revoke.${link.id}`}
          label="Revoke…"
          title={`Take the link of ${link.person.name} back`}
          about="Whoever is in by it is out at once, and cannot ask for another by themselves. What they typed is kept."
          danger
          pending={act.isPending}
          fault={act.error}
          onConfirm={(reason) => act.mutateAsync({ path: { run, link: link.id }, body: { reason } })}
        />
      )}
    </>
  );
}

interface ClientRole {
  readonly id: string;
  readonly title: string;
}

/** Roles of the client in the runbook, in the words of its author. */
function useClientRoles(run: Run): readonly ClientRole[] {
  const version = useApi('GET /api/v1/runbooks/{runbook}/versions/{version}', {
    path: { runbook: run.runbook, version: run.version },
  });
  const roles = (version.data?.definition.roles ?? {}) as Readonly<
    Record<string, { readonly title?: string; readonly party?: string }>
  >;
  return Object.entries(roles).flatMap(([id, { title, party }]) =>
    party === 'client' ? [{ id, title: title ?? words(id) }] : [],
  );
}

function SendLink({ run }: { readonly run: Run }): ReactNode {
  const roles = useClientRoles(run);
  const [role, setRole] = useState('');
  const [email, setEmail] = useState('');
  const act = useAct('POST /api/v1/runs/{run}/portal-links', { refresh: ['GET /api/v1/runs/{run}/portal-links'] });
  if (roles.length === 0) return null;
  const chosen = role === '' ? (roles[0]?.id ?? '') : role;
  const send = (): void =>
    act.mutate(
      { path: { run: run.id }, body: { role: chosen, ...(email.trim() === '' ? {} : { email: email.trim() }) } },
      { onSuccess: () => setEmail('') },
    );
  return (
    <Stack gap="xs">
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="For"
          value={chosen}
          onChange={(event) => setRole(event.currentTarget.value)}
          data={roles.map(({ id, title }) => ({ value: id, label: title }))}
        />
        <TextInput
          label="E-mail address"
          description="The contact of the run unless given"
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          style={{ flex: '1 1 14rem' }}
        />
        <Button loading={act.isPending} onClick={send}>
          Send a link
        </Button>
      </Group>
      <Text size="sm" role="status">
        {act.data?.mailed_to != null && `A link is on its way to ${act.data.mailed_to}.`}
      </Text>
      {act.error !== null && <FaultAlert fault={act.error} title="No link was made" />}
    </Stack>
  );
}
