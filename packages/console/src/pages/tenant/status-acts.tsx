/** What can be done to the access of a tenant: suspend, reinstate, trial, emergency stop. */
import { Alert, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { dayText } from '../../parts/time.tsx';
import { type AccessMode, CAUSES, MODE_EFFECT } from './life-words.ts';
import type { Cause, Life, Tenant } from './tenant-types.ts';
import { useTenantAct } from './use-tenant.ts';

interface ActProps {
  readonly tenant: Tenant;
  readonly life: Life;
}

export function StatusActs({ tenant, life }: ActProps): ReactNode {
  const canSuspend = life.possible.includes('suspended') || life.status === 'suspended';
  return (
    <Group gap="xs">
      {life.suspensions.length > 0 && <Reinstate tenant={tenant} life={life} />}
      {life.status === 'trial' && <MoveTrial tenant={tenant} life={life} />}
      {canSuspend && <Suspend tenant={tenant} life={life} />}
      <EmergencyStop tenant={tenant} life={life} />
    </Group>
  );
}

export const Effect = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <Alert className="effect" variant="outline" title="What this does">
    <Text size="sm" component="div">
      {children}
    </Text>
  </Alert>
);

function Suspend({ tenant, life }: ActProps): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/suspend');
  const open = life.suspensions.map(({ cause }) => cause);
  const choices = (Object.keys(CAUSES) as Cause[]).filter(
    (cause) => !open.includes(cause) && (cause !== 'trial_expired' || life.status === 'trial'),
  );
  const [chosen, setCause] = useState<Cause>();
  const [mode, setMode] = useState<AccessMode>();
  const [authority, setAuthority] = useState('');
  const cause = chosen ?? choices[0] ?? 'payment_failure';
  const { forced, asked, mode: usual } = CAUSES[cause];
  const effective = forced === true ? usual : (mode ?? usual);
  return (
    <ReasonDialog
      name={`suspend.${tenant.id}`}
      label={open.length > 0 ? 'Suspend for another cause…' : 'Suspend…'}
      title={`Suspend ${tenant.name}`}
      about="Nothing is deleted, and each cause is resolved by itself."
      danger
      pending={act.isPending}
      fault={act.error}
      incomplete={asked === true && authority.trim() === ''}
      asks={{ label: 'Reason', about: 'Kept for good, and told to the administrators of the tenant by mail.' }}
      onConfirm={(reason) =>
        act.mutateAsync({
          path: { tenant: tenant.id },
          body: {
            cause,
            reason,
            access_mode: effective,
            ...(authority.trim() === '' ? {} : { authority: authority.trim() }),
          },
        })
      }
    >
      <NativeSelect
        label="Cause"
        value={cause}
        onChange={(event) => {
          setCause(event.currentTarget.value as Cause);
          setMode(undefined);
        }}
        data={choices.map((value) => ({ value, label: CAUSES[value].title }))}
      />
      <NativeSelect
        label="Access"
        description={forced === true ? 'A security incident always shuts everybody out.' : undefined}
        value={effective}
        disabled={forced === true}
        onChange={(event) => setMode(event.currentTarget.value as AccessMode)}
        data={[
          { value: 'read-only', label: 'Read-only' },
          { value: 'blocked', label: 'Blocked' },
        ]}
      />
      <TextInput
        label="Authority"
        description={
          asked === true ? 'Who at the customer asked for it.' : 'On whose word, such as a contract; else yours.'
        }
        value={authority}
        required={asked === true}
        onChange={(event) => setAuthority(event.currentTarget.value)}
      />
      <Effect>
        {MODE_EFFECT[effective]} Administrators are told by mail.
        {open.length > 0 && ' The tenant is as closed as the strictest of its causes.'}
      </Effect>
    </ReasonDialog>
  );
}

function Reinstate({ tenant, life }: ActProps): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/reinstate');
  const [chosen, setCause] = useState<Cause>();
  const open = life.suspensions.map(({ cause }) => cause);
  const cause = chosen !== undefined && open.includes(chosen) ? chosen : open[0];
  const rest = open.filter((each) => each !== cause);
  return (
    <ReasonDialog
      name={`reinstate.${tenant.id}`}
      label="Reinstate…"
      title={`Reinstate ${tenant.name}`}
      about="Say which cause is resolved, and how."
      pending={act.isPending}
      fault={act.error}
      asks={{ label: 'Resolution', about: 'How it was resolved. Kept for good, and told to the administrators.' }}
      onConfirm={(resolution) =>
        act.mutateAsync({
          path: { tenant: tenant.id },
          body: { resolution, ...(cause === undefined ? {} : { cause }) },
        })
      }
    >
      <NativeSelect
        label="Cause that is resolved"
        value={cause}
        onChange={(event) => setCause(event.currentTarget.value as Cause)}
        data={open.map((value) => ({ value, label: CAUSES[value].title }))}
      />
      <Effect>
        {rest.length === 0
          ? 'It is the last cause: the tenant is open again at once, as active. Administrators are told by mail.'
          : `The tenant stays suspended: ${rest.map((each) => CAUSES[each].title.toLowerCase()).join(', ')}.`}
      </Effect>
    </ReasonDialog>
  );
}

function MoveTrial({ tenant, life }: ActProps): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/trial');
  const [day, setDay] = useState((life.trial_ends_at ?? '').slice(0, 10));
  return (
    <ReasonDialog
      name={`trial.${tenant.id}`}
      label="Move end of trial…"
      title="Move the end of the trial"
      about={
        life.trial_ends_at === null ? 'No end is set yet.' : `As it stands, it ends on ${dayText(life.trial_ends_at)}.`
      }
      pending={act.isPending}
      fault={act.error}
      incomplete={day === ''}
      onConfirm={(reason) =>
        act.mutateAsync({
          path: { tenant: tenant.id },
          body: { ends_at: new Date(`${day}T23:59:00`).toISOString(), reason },
        })
      }
    >
      <TextInput
        type="date"
        label="Last day"
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
        required
      />
      <Effect>
        Administrators are reminded a week and a day before. After the last day users may only read, until somebody
        chooses a plan and reinstates the tenant. To end the trial now, suspend the tenant because the trial has ended.
      </Effect>
    </ReasonDialog>
  );
}

function EmergencyStop({ tenant, life }: ActProps): ReactNode {
  const close = useTenantAct('POST /api/v1/tenants/{tenant}/close-access');
  const open = useTenantAct('POST /api/v1/tenants/{tenant}/open-access');
  const closed = life.closed_at !== null;
  const act = closed ? open : close;
  if (!closed && life.status === 'offboarded') return null;
  return (
    <ReasonDialog
      name={`emergency.${tenant.id}`}
      label={closed ? 'Open access again…' : 'Emergency stop…'}
      title={closed ? 'Open access again' : 'Emergency stop'}
      about={
        closed
          ? 'Exactly what was before stands again.'
          : 'For when isolation itself may have failed. To shut a tenant out for any other cause, suspend it.'
      }
      danger={!closed}
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { tenant: tenant.id }, body: { reason } })}
    >
      <Effect>
        {closed
          ? 'The status never changed: what it allows is allowed again.'
          : 'Everybody of this tenant is shut out at once, also from reading. Its status stays as it is, so that opening again restores what was.'}
      </Effect>
    </ReasonDialog>
  );
}
