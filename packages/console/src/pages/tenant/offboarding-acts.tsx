/** What can be done about the end of a tenant: begin it, call it off, hold its data, hasten its deletion. */
import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Day } from '../../parts/time.tsx';
import { inDays, LEAVING, RETENTION_DAYS } from './life-words.ts';
import { Effect } from './status-acts.tsx';
import type { LeavingCause, Offboarding, Tenant } from './tenant-types.ts';
import { useTenantAct } from './use-tenant.ts';

const TOLD = { label: 'Reason', about: 'Kept for good, and told to the administrators of the tenant by mail.' };

export function Begin({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/offboard');
  const [cause, setCause] = useState<LeavingCause>('customer_request');
  const [keep, setKeep] = useState(false);
  const [erasure, setErasure] = useState(false);
  const [authority, setAuthority] = useState('');
  const [second, setSecond] = useState('');
  const { graceDays, access, second: needsSecond } = LEAVING[cause];
  const ends = inDays(Date.now(), graceDays);
  const gone = inDays(Date.parse(ends), erasure ? 0 : RETENTION_DAYS);
  return (
    <ReasonDialog
      name={`offboard.${tenant.id}`}
      label="Begin offboarding…"
      title={`Offboard ${tenant.name}`}
      about="It can be called off at any time until the deletion begins."
      danger
      pending={act.isPending}
      fault={act.error}
      incomplete={needsSecond === true && second.trim() === ''}
      asks={TOLD}
      onConfirm={(reason) =>
        act.mutateAsync({
          path: { tenant: tenant.id },
          body: {
            cause,
            reason,
            delete_data: !keep,
            erasure_request: erasure && !keep,
            ...(authority.trim() === '' ? {} : { authority: authority.trim() }),
            ...(needsSecond === true ? { second_authority: second.trim() } : {}),
          },
        })
      }
    >
      <NativeSelect
        label="Cause"
        value={cause}
        onChange={(event) => setCause(event.currentTarget.value as LeavingCause)}
        data={Object.entries(LEAVING).map(([value, { title }]) => ({ value, label: title }))}
      />
      <TextInput
        label="Authority"
        description="On whose word, such as the client's letter; else yours."
        value={authority}
        onChange={(event) => setAuthority(event.currentTarget.value)}
      />
      {needsSecond === true && (
        <TextInput
          label="Who else agrees"
          description="There is no grace, so a second person agrees by name."
          value={second}
          onChange={(event) => setSecond(event.currentTarget.value)}
          required
        />
      )}
      <Checkbox
        label="Keep the data, out of reach"
        checked={keep}
        onChange={(event) => setKeep(event.currentTarget.checked)}
      />
      <Checkbox
        label="Erasure was asked for: delete without a retention"
        checked={erasure && !keep}
        disabled={keep}
        onChange={(event) => setErasure(event.currentTarget.checked)}
      />
      <Effect>
        Administrators get a notice with the address of their export now
        {graceDays > 0 ? ', and reminders before the end.' : '.'}{' '}
        {graceDays > 0 && (
          <>
            Access ends on <Day at={ends} />, in {graceDays} days.{' '}
          </>
        )}
        {access}{' '}
        {keep ? (
          'Afterwards the data is kept out of reach until somebody decides.'
        ) : (
          <>
            The data is deleted after <Day at={gone} />, with a final backup before and a certificate after.
          </>
        )}
      </Effect>
    </ReasonDialog>
  );
}

interface ActProps {
  readonly tenant: Tenant;
  readonly offboarding: Offboarding;
}

export function CancelLeaving({ tenant, offboarding }: ActProps): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/cancel-offboarding');
  return (
    <ReasonDialog
      name={`stay.${tenant.id}`}
      label="Call it off…"
      title={`${tenant.name} stays`}
      about={
        offboarding.state === 'grace'
          ? 'Nothing ends. What shut the tenant out before, such as an unpaid invoice, still does.'
          : 'The status before the end stands again, and whoever could log in then can again.'
      }
      pending={act.isPending}
      fault={act.error}
      asks={TOLD}
      onConfirm={(reason) => act.mutateAsync({ path: { tenant: tenant.id }, body: { reason } })}
    />
  );
}

export function LegalHold({ tenant, offboarding }: ActProps): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/legal-hold');
  const held = offboarding.legal_hold !== null;
  return (
    <ReasonDialog
      name={`hold.${tenant.id}`}
      label={held ? 'Lift legal hold…' : 'Legal hold…'}
      title={held ? 'Lift the legal hold' : 'Keep the data: legal hold'}
      about={
        held
          ? 'The deletion goes on where it stood: what is past its retention is deleted within minutes.'
          : 'Nothing is deleted until somebody lifts it. Access ends all the same.'
      }
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { tenant: tenant.id }, body: { hold: !held, reason } })}
    />
  );
}

export function EraseNow({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const act = useTenantAct('POST /api/v1/tenants/{tenant}/erase');
  const [typed, setTyped] = useState('');
  return (
    <ReasonDialog
      name={`erase.${tenant.id}`}
      label="Delete now…"
      title={`Delete the data of ${tenant.name} now`}
      about="The rest of the retention is given up. It begins within minutes, and cannot be called off from then on."
      danger
      pending={act.isPending}
      fault={act.error}
      incomplete={typed !== tenant.slug}
      onConfirm={(reason) => act.mutateAsync({ path: { tenant: tenant.id }, body: { confirm: typed, reason } })}
    >
      <TextInput
        label={`Type ${tenant.slug}`}
        description="So that it is this tenant, and no other."
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        required
        autoComplete="off"
      />
    </ReasonDialog>
  );
}
