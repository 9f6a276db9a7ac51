/** What stopped the run: expected, actual, evidence, the likely cause, and the next action with its buttons. */
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api.ts';
import { FaultAlert } from '../../parts/states.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Value } from '../../parts/value.tsx';
import { haltWords } from './halt-words.ts';
import { StepActs } from './step-acts.tsx';
import type { Evidence, Outlook, Run } from './use-run.ts';

interface HaltsProps {
  readonly run: Run;
  readonly outlook: Outlook | undefined;
  readonly onOpen: (step: string) => void;
}

export function Halts({ run, outlook, onOpen }: HaltsProps): ReactNode {
  const evidence = useApi(
    'GET /api/v1/runs/{run}/evidence',
    { path: { run: run.id } },
    { enabled: run.halts.length > 0 },
  );
  if (run.halts.length === 0) return null;
  return (
    <section className="section halted" aria-label="What stopped the run">
      <Title order={2} size="h4" mb="xs">
        The run is halted
      </Title>
      <Text size="sm" mb="sm">
        Nothing new starts until each of these is settled. What was running was finished and recorded.
      </Text>
      {evidence.error !== null && <FaultAlert fault={evidence.error} />}
      <Stack gap="lg">
        {run.halts.map((halt) => (
          <OneHalt
            key={halt.step}
            run={run}
            halt={halt}
            outlook={outlook}
            evidence={evidence.data?.items ?? []}
            onOpen={onOpen}
          />
        ))}
      </Stack>
    </section>
  );
}

interface OneHaltProps extends HaltsProps {
  readonly halt: Run['halts'][number];
  readonly evidence: readonly Evidence[];
}

function OneHalt({ run, halt, outlook, evidence, onOpen }: OneHaltProps): ReactNode {
  const step = run.steps.find(({ id }) => id === halt.step);
  const told = haltWords(halt, evidence as Parameters<typeof haltWords>[1]);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Status of={halt.status} />
        <Title order={3} size="h5">
          {step?.title ?? halt.step}
        </Title>
      </Group>
      <dl className="halt">
        {told.expected !== undefined && <Line name="Expected" value={<Value of={told.expected} label="Expected" />} />}
        {told.actual !== undefined && <Line name="Actual" value={<Value of={told.actual} label="Actual" />} />}
        <Line name="Happened" value={told.happened} />
        <Line name="Likely cause" value={told.cause} />
        <Line name="Next" value={told.next} />
        {told.evidence !== undefined && (
          <Line
            name="Evidence"
            value={
              <>
                <code>{told.evidence.id}</code>, <Time at={told.evidence.at} />
              </>
            }
          />
        )}
      </dl>
      <Group gap="sm">
        {step !== undefined && <StepActs run={run} step={step} mayOverride={outlook?.may.override === true} />}
        <Button size="xs" variant="default" onClick={() => onOpen(halt.step)}>
          All about this step
        </Button>
      </Group>
    </Stack>
  );
}

const Line = ({ name, value }: { readonly name: string; readonly value: ReactNode }): ReactNode => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);
