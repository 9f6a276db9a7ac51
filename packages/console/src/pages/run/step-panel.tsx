/** One step, opened beside the run: what waits there, plan, inputs, evidence, attempts, log, ledger. */
import { Button, Drawer, Group, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { RunEventView } from '@tenantry/contract';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { useMe } from '../../api/use-me.ts';
import { Facts } from '../../parts/facts.tsx';
import { FaultAlert, Loaded } from '../../parts/states.tsx';
import { Status, words } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Value } from '../../parts/value.tsx';
import { AskForm } from './ask-form.tsx';
import { waitingWords } from './phases.tsx';
import { StepActs } from './step-acts.tsx';
import { type Outlook, type Run, type Step, useRunAct } from './use-run.ts';

interface StepPanelProps {
  readonly run: Run;
  readonly step: Step | undefined;
  readonly outlook: Outlook | undefined;
  readonly events: readonly RunEventView[];
  readonly onClose: () => void;
}

export const StepPanel = ({ step, onClose, ...rest }: StepPanelProps): ReactNode => (
  <Drawer opened={step !== undefined} onClose={onClose} title={step?.title ?? ''} size="lg">
    {step !== undefined && <OneStep {...rest} step={step} />}
  </Drawer>
);

type OneStepProps = Omit<StepPanelProps, 'onClose'> & { readonly step: Step };

function OneStep({ run, step, outlook, events }: OneStepProps): ReactNode {
  const ask = run.asks.find((each) => each.step === step.id);
  const beside = outlook?.steps.find(({ id }) => id === step.id);
  return (
    <Stack gap="lg">
      <Facts
        of={[
          ['State', <Status key="s" of={step.status} />],
          ['Kind', `${words(step.kind)}${step.name === null ? '' : `: ${step.name}`}`],
          ['For', step.owners.map(words).join(' or ') || '–'],
          ['Started', <Time key="a" at={step.started_at} />],
          ['Settled', <Time key="d" at={step.done_at} />],
          ['Tries', `${step.tries}${step.round > 1 ? `, round ${step.round}` : ''}`],
        ]}
      />
      {step.status === 'waiting' && <Text size="sm">It waits {waitingWords(step)}.</Text>}
      {step.starts_at !== null && (
        <Text size="sm">
          It starts <Time at={step.starts_at} />.
        </Text>
      )}
      {step.skip_reason !== null && <Text size="sm">Skipped: {step.skip_reason}</Text>}
      {step.override !== null && (
        <Text size="sm">
          Overridden by {step.override.by}, <Time at={step.override.at} />: {step.override.reason}
        </Text>
      )}
      {step.child !== null && (
        <Link to="/runs/$run" params={{ run: step.child }}>
          The run it stands for
        </Link>
      )}
      {step.failure !== null && <Failure step={step} />}
      <Group gap="sm">
        <StepActs run={run} step={step} mayOverride={beside?.may_override === true} />
        <TakeOver run={run.id} step={step} written={beside?.written} />
      </Group>
      {ask !== undefined && (
        <Part title="To be done">
          <AskForm run={run.id} ask={ask} round={step.round} />
        </Part>
      )}
      {step.acts.length > 0 && <Acts acts={step.acts} />}
      <Part title="Plan">
        <Plan beside={beside} />
      </Part>
      {step.output !== null && (
        <Part title="Result">
          <Value of={step.output} label="Result" />
        </Part>
      )}
      <EvidencePart run={run.id} step={step.id} />
      <AttemptsPart run={run.id} step={step.id} />
      <LedgerPart run={run.id} step={step.id} />
      <Log
        events={events.filter((event) => event.step === step.id || event.steps.some((each) => each.step === step.id))}
        step={step.id}
      />
    </Stack>
  );
}

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode => (
  <section>
    <Title order={3} size="h5" mb="xs">
      {title}
    </Title>
    {children}
  </section>
);

const Failure = ({ step }: { readonly step: Step }): ReactNode => (
  <div className="told-bad">
    <Text size="sm">{step.failure?.message}</Text>
    {step.failure?.next !== undefined && <Text size="sm">{step.failure.next}</Text>}
    <Text size="xs">
      <code>{step.failure?.code}</code>
    </Text>
  </div>
);

/** A person may do by hand what the action would do, where its author allowed it. */
function TakeOver({
  run,
  step,
  written,
}: {
  readonly run: string;
  readonly step: Step;
  readonly written: unknown;
}): ReactNode {
  const me = useMe();
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/take-over', run);
  const allowed = typeof written === 'object' && written !== null && Reflect.get(written, 'manual') === 'allowed';
  const stuck = step.status === 'failed' || step.status === 'ready';
  if (!allowed || !stuck || step.manual || !step.owners.some((role) => me?.roles.includes(role))) return null;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={act.isPending}
        onClick={() => act.mutate({ path: { run, step: step.id }, body: {} })}
      >
        Do it by hand
      </Button>
      {act.error !== null && <FaultAlert fault={act.error} />}
    </>
  );
}

const Acts = ({ acts }: { readonly acts: Step['acts'] }): ReactNode => (
  <Part title="Who acted">
    <ul className="rows">
      {acts.map((act) => (
        <li key={`${act.name} ${act.at}`}>
          <div className="what">
            <strong>{act.name}</strong> as {words(act.role)}: {act.decision}
            {act.note !== undefined && <Text size="sm">{act.note}</Text>}
          </div>
          <Time at={act.at} />
        </li>
      ))}
    </ul>
  </Part>
);

function Plan({ beside }: { readonly beside: Outlook['steps'][number] | undefined }): ReactNode {
  if (beside === undefined) return null;
  return (
    <Stack gap="xs">
      {beside.needs.length > 0 && <Text size="sm">After {beside.needs.map(words).join(', ')}.</Text>}
      {beside.if !== null && (
        <Text size="sm">
          Only if <code>{beside.if}</code>
        </Text>
      )}
      {beside.expect !== null && (
        <Text size="sm">
          Passes when <code>{beside.expect}</code>
        </Text>
      )}
      <Text size="sm">{UNDO_WORDS[beside.undo]}</Text>
      {beside.written !== null && <Value of={beside.written} label="The step as written" />}
    </Stack>
  );
}

const UNDO_WORDS: Readonly<Record<Outlook['steps'][number]['undo'], string>> = {
  default: 'Taken back by the action itself.',
  none: 'Nothing to take back.',
  keep: 'What it makes stays when the run is taken back.',
  body: 'Taken back by work of its own.',
};

function EvidencePart({ run, step }: { readonly run: string; readonly step: string }): ReactNode {
  const evidence = useApi('GET /api/v1/runs/{run}/evidence', { path: { run } });
  return (
    <Part title="Evidence">
      <Loaded of={evidence} lines={2}>
        {({ items }) => {
          const rows = items.filter((row) => row.step === step).toReversed();
          if (rows.length === 0) return <Text size="sm">None yet: it is stored when the step proves what it did.</Text>;
          return (
            <Stack gap="md">
              {rows.map((row) => (
                <Stack key={row.id} gap={4}>
                  <Group gap="xs">
                    {row.ok === null ? (
                      <Status of="waiting">noted</Status>
                    ) : (
                      <Status of={row.ok ? 'passed' : 'failed'} />
                    )}
                    <Text size="sm">{words(row.kind)}</Text>
                    <Text size="sm" className="quiet">
                      <Time at={row.at} />
                    </Text>
                  </Group>
                  <Facts
                    of={[
                      ['Expected', <Value key="e" of={row.expected} label="Expected" />],
                      ['Actual', <Value key="a" of={row.actual} label="Actual" />],
                    ]}
                  />
                </Stack>
              ))}
            </Stack>
          );
        }}
      </Loaded>
    </Part>
  );
}

function AttemptsPart({ run, step }: { readonly run: string; readonly step: string }): ReactNode {
  const attempts = useApi('GET /api/v1/runs/{run}/attempts', { path: { run } });
  const rows = (attempts.data?.items ?? []).filter((row) => row.step === step);
  if (rows.length === 0) return null;
  const last = rows.at(-1);
  return (
    <Part title="Attempts and inputs">
      <Table.ScrollContainer minWidth={420}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Try</Table.Th>
              <Table.Th>Call</Table.Th>
              <Table.Th>Result</Table.Th>
              <Table.Th>Ended</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={`${row.round} ${row.try} ${row.verb}`}>
                <Table.Td>
                  {row.round}.{row.try}
                </Table.Td>
                <Table.Td>
                  {row.verb} {row.name}
                </Table.Td>
                <Table.Td>
                  <Status of={row.status} />
                </Table.Td>
                <Table.Td>
                  <Time at={row.finished_at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {last?.input != null && <Value of={last.input} label="Inputs of the last try" />}
    </Part>
  );
}

function LedgerPart({ run, step }: { readonly run: string; readonly step: string }): ReactNode {
  const ledger = useApi('GET /api/v1/runs/{run}/resources', { path: { run } });
  const rows = (ledger.data?.items ?? []).filter((row) => row.step === step);
  if (rows.length === 0) return null;
  return (
    <Part title="Ledger">
      <ul className="rows">
        {rows.map((row) => (
          <li key={row.id}>
            <div className="what">
              {row.kind} <strong>{row.name}</strong>{' '}
              <span className="quiet">
                {row.claim}, <code>{row.external_id}</code>
              </span>
            </div>
            <Status of={row.status} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

const Log = ({ events, step }: { readonly events: readonly RunEventView[]; readonly step: string }): ReactNode =>
  events.length === 0 ? null : (
    <Part title="Log">
      <ul className="rows log">
        {events.map((event) => {
          const became = event.steps.find((each) => each.step === step)?.status;
          return (
            <li key={event.revision}>
              <span className="what">
                {words(event.type)}
                {became !== undefined && ` → ${words(became)}`}
              </span>
              <Time at={event.at} />
            </li>
          );
        })}
      </ul>
    </Part>
  );
