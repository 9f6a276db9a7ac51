/** A new onboarding: pick what to run, fill in or drop a file, see the plan, start. */
import { Alert, Button, Group, List, NativeSelect, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { ApiFault } from '../../api/api-fault.ts';
import { useAct, useApi } from '../../api/use-api.ts';
import { Page, Section } from '../../parts/page.tsx';
import { type Schema, withoutSecrets } from '../../parts/schema-form/schema.ts';
import { SchemaForm } from '../../parts/schema-form/schema-form.tsx';
import { Empty, FaultAlert, Loaded, Loading } from '../../parts/states.tsx';
import { useDraft } from '../../parts/use-draft.ts';
import { CLIENT_SCHEMA } from './client-schema.ts';
import { FileDrop } from './file-drop.tsx';
import { PlanView } from './plan-view.tsx';
import { useChecker, useFaults } from './use-check.ts';

interface Draft {
  readonly runbook: string;
  readonly product: string;
  readonly client: unknown;
  readonly intake: unknown;
}

const EMPTY: Draft = { runbook: '', product: '', client: undefined, intake: undefined };

export function OnboardPage(): ReactNode {
  const runbooks = useApi('GET /api/v1/runbooks', {});
  const products = useApi('GET /api/v1/products', {});
  return (
    <Page title="New onboarding" about="What you type is kept on this device until the run starts. Secrets are not.">
      <Loaded of={runbooks}>
        {({ items }) => (
          <Loaded of={products}>
            {(found) =>
              items.length === 0 || found.items.length === 0 ? (
                <Empty title="Nothing to run yet">
                  Publish a runbook with tenantry runbook publish, and load a product profile.
                </Empty>
              ) : (
                <Onboard runbooks={newest(items)} products={found.items} />
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

interface RunbookChoice {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly missing: readonly string[];
}

/** The list has the newest version of each first. */
const newest = (all: readonly RunbookChoice[]): readonly RunbookChoice[] =>
  all.filter(({ id }, index) => all.findIndex((each) => each.id === id) === index);

interface OnboardProps {
  readonly runbooks: readonly RunbookChoice[];
  readonly products: readonly { readonly id: string; readonly name: string }[];
}

function Onboard({ runbooks, products }: OnboardProps): ReactNode {
  const kept = useDraft<Draft>('onboard', EMPTY);
  const draft = { ...kept.value, product: kept.value.product || (products[0]?.id ?? ''), runbook: kept.value.runbook };
  const change = (part: Partial<Draft>): void => kept.set({ ...draft, ...part });
  const checker = useChecker();
  const [fileFaults, setFileFaults] = useState<readonly { readonly message: string; readonly line?: number }[]>([]);
  const chosen = runbooks.find(({ id }) => id === draft.runbook);

  const drop = async (file: File): Promise<void> => {
    const { data, faults } = await checker.read(file);
    setFileFaults(faults);
    if (faults.length === 0) kept.set({ ...draft, ...fromFile(data) });
  };
  return (
    <Stack gap="md">
      <FileDrop onFile={(file) => void drop(file)} />
      {fileFaults.length > 0 && (
        <Alert className="alert-bad" variant="outline" title="The file cannot be read" role="alert">
          <List size="sm">
            {fileFaults.map(({ message, line }) => (
              <List.Item key={`${line} ${message}`}>
                {line === undefined ? '' : `Line ${line}: `}
                {message}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Section title="What to run">
        <Group align="flex-start">
          <NativeSelect
            label="Runbook"
            value={draft.runbook}
            onChange={(event) => change({ runbook: event.currentTarget.value })}
            data={[
              { value: '', label: 'Choose' },
              ...runbooks.map(({ id, title, version }) => ({ value: id, label: `${title} ${version}` })),
            ]}
          />
          <NativeSelect
            label="Product"
            value={draft.product}
            onChange={(event) => change({ product: event.currentTarget.value })}
            data={products.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Group>
        {chosen !== undefined && chosen.missing.length > 0 && (
          <Text size="sm" mt="xs">
            This version still needs the approval of {chosen.missing.join(', ')} before a run can start.
          </Text>
        )}
      </Section>
      {chosen !== undefined && (
        <Fill key={chosen.id} chosen={chosen} draft={draft} change={change} clear={kept.clear} checker={checker} />
      )}
    </Stack>
  );
}

interface Envelope {
  readonly runbook?: unknown;
  readonly product?: unknown;
  readonly client?: unknown;
  readonly intake?: unknown;
}

/** Either an envelope, or the intake alone. */
function fromFile(data: unknown): Partial<Draft> {
  const envelope = data as Envelope;
  if (typeof envelope.runbook !== 'string' && typeof envelope.intake !== 'object') return { intake: data };
  return {
    ...(typeof envelope.runbook === 'string' ? { runbook: envelope.runbook } : {}),
    ...(typeof envelope.product === 'string' ? { product: envelope.product } : {}),
    client: envelope.client,
    intake: envelope.intake,
  };
}

interface FillProps {
  readonly chosen: RunbookChoice;
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
  readonly clear: () => void;
  readonly checker: ReturnType<typeof useChecker>;
}

function Fill({ chosen, draft, change, clear, checker }: FillProps): ReactNode {
  const version = useApi('GET /api/v1/runbooks/{runbook}/versions/{version}', {
    path: { runbook: chosen.id, version: chosen.version },
  });
  const schema = version.data?.definition.intake as Schema | undefined;
  // With its secrets, which the draft does not keep.
  const [typed, setTyped] = useState<unknown>(undefined);
  const intake = typed ?? draft.intake;
  const faults = useFaults(checker, intake, schema);
  const plan = useAct('POST /api/v1/plans');
  const start = useAct('POST /api/v1/runs', { refresh: ['GET /api/v1/attention', 'GET /api/v1/runs'] });
  const navigate = useNavigate();
  const body = { source: JSON.stringify(envelopeOf(draft, intake)), file: 'console.json' };
  const begin = async (): Promise<void> => {
    const run = await start.mutateAsync({ body });
    clear();
    await navigate({ to: '/runs/$run', params: { run: run.id } });
  };
  const told = { ...faultsAt(faults), ...faultsOf(plan.error), ...faultsOf(start.error) };
  if (schema === undefined) return version.error === null ? <Loading /> : <FaultAlert fault={version.error} />;
  return (
    <>
      <Section title="The client">
        <SchemaForm
          schema={CLIENT_SCHEMA}
          value={draft.client}
          faults={under('client.', told)}
          onChange={(client) => change({ client })}
        />
      </Section>
      <Section title="Intake">
        <SchemaForm
          schema={schema}
          value={intake}
          faults={{ ...told, ...under('intake.', told) }}
          onChange={(next) => {
            setTyped(next);
            plan.reset();
            change({ intake: withoutSecrets(next, schema, schema) });
          }}
        />
      </Section>
      <Open faults={faults} />
      {plan.error !== null && <FaultAlert fault={plan.error} title="It cannot be planned" />}
      {start.error !== null && <FaultAlert fault={start.error} title="It was not started" />}
      <Group>
        <Button loading={plan.isPending} disabled={(faults?.length ?? 1) > 0} onClick={() => plan.mutate({ body })}>
          Show the plan
        </Button>
        <Button variant="default" onClick={clear}>
          Clear the form
        </Button>
      </Group>
      {plan.data !== undefined && (
        <Section
          title="Plan"
          actions={
            <Button loading={start.isPending} onClick={() => void begin().catch(() => undefined)}>
              Start the run
            </Button>
          }
        >
          <PlanView plan={plan.data} />
        </Section>
      )}
    </>
  );
}

const envelopeOf = (draft: Draft, intake: unknown): Envelope => ({
  runbook: draft.runbook,
  product: draft.product,
  ...(draft.client === undefined ? {} : { client: draft.client }),
  intake: intake ?? {},
});

type Told = Readonly<Record<string, string>>;

const faultsAt = (
  faults: readonly { readonly path: string; readonly message: string; readonly fix?: string }[] | undefined,
): Told =>
  Object.fromEntries(
    (faults ?? []).map(({ path, message, fix }) => [path, fix === undefined ? message : `${message} ${fix}`]),
  );

const faultsOf = (fault: ApiFault | null): Told => faultsAt(fault?.faults as Parameters<typeof faultsAt>[0]);

const under = (prefix: string, told: Told): Told =>
  Object.fromEntries(
    Object.entries(told).flatMap(([path, message]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), message]] : [],
    ),
  );

const OPEN_MAX = 8;

/** How far the form is from a plan, and what is next: the fields themselves say the same where they stand. */
function Open({
  faults,
}: {
  readonly faults: readonly { readonly path: string; readonly message: string }[] | undefined;
}): ReactNode {
  if (faults === undefined) return <Text size="sm">Checking…</Text>;
  if (faults.length === 0) return <Text size="sm">Everything the runbook asks for is there.</Text>;
  return (
    <Alert
      className="alert-warn"
      variant="outline"
      title={faults.length === 1 ? 'One thing is open' : `${faults.length} things are open`}
    >
      <List size="sm">
        {faults.slice(0, OPEN_MAX).map(({ path, message }) => (
          <List.Item key={`${path} ${message}`}>{message}</List.Item>
        ))}
      </List>
      {faults.length > OPEN_MAX && <Text size="sm">And {faults.length - OPEN_MAX} more.</Text>}
    </Alert>
  );
}
