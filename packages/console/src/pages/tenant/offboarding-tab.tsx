/** How a tenant leaves: notice, grace, retention, deletion, and the proof of it. */
import { Alert, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { may, useMe } from '../../api/use-me.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Day, spanText, Time } from '../../parts/time.tsx';
import { BackupsThatRemain } from './backups.tsx';
import { CertificateView } from './certificate.tsx';
import { DELETION_STEPS, LEAVING } from './life-words.ts';
import { Begin, CancelLeaving, EraseNow, LegalHold } from './offboarding-acts.tsx';
import { type Stage, stagesOf } from './stages.ts';
import type { Offboarding, Tenant } from './tenant-types.ts';
import { Wishes } from './wishes.tsx';

export function OffboardingTab({ tenant }: { readonly tenant: Tenant }): ReactNode {
  const mayWrite = may(useMe(), 'tenants:write');
  const found = useApi(
    'GET /api/v1/tenants/{tenant}/offboarding',
    { path: { tenant: tenant.id } },
    // The deletion goes on by itself.
    { everyMs: 15_000 },
  );
  return (
    <Loaded of={found}>
      {({ offboarding }) => {
        const open = offboarding !== null && offboarding.state !== 'cancelled' ? offboarding : undefined;
        if (open !== undefined) return <Leaving tenant={tenant} offboarding={open} mayWrite={mayWrite} />;
        return (
          <Stack gap="md">
            <Empty title={`${tenant.name} is not leaving`}>
              <Text size="sm">
                An offboarding announces an end, lets the client take its data along, ends the access on the day, keeps
                the data out of reach for a while and then deletes it. It can be called off until the deletion begins.
              </Text>
              {offboarding !== null && (
                <Text size="sm" className="quiet">
                  The last one, of <Day at={offboarding.announced_at} />, was called off on{' '}
                  <Day at={offboarding.ended_at} />.
                </Text>
              )}
              {mayWrite && tenant.status !== 'offboarded' && <Begin tenant={tenant} />}
            </Empty>
            <Wishes tenant={tenant.id} only={['stay']} />
          </Stack>
        );
      }}
    </Loaded>
  );
}

interface LeavingProps {
  readonly tenant: Tenant;
  readonly offboarding: Offboarding;
  readonly mayWrite: boolean;
}

function Leaving({ tenant, offboarding, mayWrite }: LeavingProps): ReactNode {
  const { state } = offboarding;
  const undecided = state === 'grace' || state === 'offboarded';
  return (
    <Stack gap="md">
      <Section
        title={HEADINGS[state]}
        actions={
          mayWrite && undecided ? (
            <Group gap="xs">
              <CancelLeaving tenant={tenant} offboarding={offboarding} />
              <LegalHold tenant={tenant} offboarding={offboarding} />
              {state === 'offboarded' && offboarding.legal_hold === null && <EraseNow tenant={tenant} />}
            </Group>
          ) : undefined
        }
      >
        <Summary offboarding={offboarding} />
        <TimeLine offboarding={offboarding} />
      </Section>
      <Wishes tenant={tenant.id} only={['stay', 'export']} />
      {undecided && (
        <Section title="Taking the data along">
          <Text size="sm">
            Administrators can download everything until the deletion begins.{' '}
            <Link to="/tenants/$tenant" params={{ tenant: tenant.slug }} search={{ tab: 'export' }}>
              Export
            </Link>
          </Text>
        </Section>
      )}
      {(state === 'deleting' || state === 'deleted') && <Progress offboarding={offboarding} />}
      {undecided && offboarding.delete_data && <BackupsThatRemain product={tenant.product} />}
    </Stack>
  );
}

const HEADINGS: Readonly<Record<Offboarding['state'], string>> = {
  grace: 'Leaving: announced, with access until the end',
  offboarded: 'Left: no access, the data is kept out of reach',
  deleting: 'The data is being deleted',
  deleted: 'Left and deleted',
  cancelled: 'Called off',
};

const Summary = ({ offboarding }: { readonly offboarding: Offboarding }): ReactNode => (
  <Stack gap="sm" mb="md">
    {offboarding.legal_hold !== null && (
      <Alert className="alert-warn" variant="outline" title="Legal hold: the data is kept until it is lifted">
        {offboarding.legal_hold.reason} ({offboarding.legal_hold.authority}). Access ends all the same.
      </Alert>
    )}
    <Facts
      of={[
        ['State', <Status key="s" of={offboarding.state} />],
        ['Cause', LEAVING[offboarding.cause].title],
        ['Why', offboarding.reason],
        ['On whose word', [offboarding.authority, offboarding.second_authority].filter(Boolean).join(', with ')],
        ['Data', dataOf(offboarding)],
        ...(offboarding.erasure_request ? ([['Erasure', 'asked for: no retention']] as const) : []),
      ]}
    />
  </Stack>
);

function dataOf({ state, delete_data: deletes }: Offboarding): string {
  if (state === 'deleted') return 'deleted';
  return deletes ? 'deleted after the retention' : 'kept, out of reach';
}

function TimeLine({ offboarding }: { readonly offboarding: Offboarding }): ReactNode {
  const stages = stagesOf(offboarding, Date.now());
  return (
    <ol className="life-line" aria-label="From the notice to the deletion">
      {stages.map((stage) => (
        <li key={stage.title} className={stage.state} aria-current={stage.state === 'now' ? 'step' : undefined}>
          <strong>{stage.title}</strong> {stage.state === 'done' && <Status of="done" />}
          {stage.state === 'now' && <Status of="now" />}
          <Text size="sm" component="div">
            {stage.until === true && stage.at !== undefined && 'until '}
            {stage.at === undefined ? '' : <Time at={stage.at} />} <Left stage={stage} />
          </Text>
          <Text size="sm" className="quiet">
            {stage.about}
          </Text>
        </li>
      ))}
    </ol>
  );
}

const Left = ({ stage: { at, state } }: { readonly stage: Stage }): ReactNode => {
  const ms = at === undefined || state === 'done' ? 0 : Date.parse(at) - Date.now();
  return ms > 0 ? <span className="quiet">in {spanText(ms)}</span> : null;
};

export function Progress({ offboarding }: { readonly offboarding: Offboarding }): ReactNode {
  const { steps, obstacle, state, certificate } = offboarding;
  const next = DELETION_STEPS.findIndex(([step]) => steps[step] === undefined);
  return (
    <Stack gap="md">
      <Section title="The deletion, step by step">
        {obstacle !== null && (
          <Alert className="alert-bad" variant="outline" title="The deletion is held up" role="alert" mb="md">
            {String(obstacle.message ?? 'It does not say why.')} {String(obstacle.next ?? '')}
          </Alert>
        )}
        <ol className="life-line">
          {DELETION_STEPS.map(([step, title], index) => {
            const done = steps[step] !== undefined || state === 'deleted';
            const at = steps[step]?.at;
            return (
              <li key={step} className={done ? 'done' : index === next ? 'now' : ''}>
                {done ? saidOf(step, title, steps[step]) : title}{' '}
                {done ? <Status of="done" /> : index === next && <Status of={obstacle === null ? 'now' : 'halted'} />}
                {typeof at === 'string' && (
                  <Text size="sm" className="quiet">
                    <Time at={at} />
                  </Text>
                )}
              </li>
            );
          })}
        </ol>
      </Section>
      {certificate !== null && <CertificateView certificate={certificate} slug={offboarding.slug} />}
    </Stack>
  );
}

/** A step that found nothing to do must not read as if it had done it. */
function saidOf(step: string, title: string, facts: Readonly<Record<string, unknown>> | undefined): string {
  if (step === 'backup' && facts?.taken === false)
    return `No final backup: ${String(facts.why ?? 'none was possible')}`;
  if (step === 'product' && facts !== undefined && Object.keys(facts).every((each) => each === 'at')) {
    return 'No databases of the product to delete from: its profile names none';
  }
  return title;
}

/** Of a tenant that is gone: what remains to be told of it. */
export const Departed = ({ offboarding }: { readonly offboarding: Offboarding }): ReactNode => (
  <Stack gap="md">
    <Section title={HEADINGS[offboarding.state]}>
      <Summary offboarding={offboarding} />
      <TimeLine offboarding={offboarding} />
    </Section>
    <Progress offboarding={offboarding} />
  </Stack>
);
