/** The run as a list: each phase with its gate and what still holds it, each step with its state. */
import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { Status, words } from '../../parts/status.tsx';
import { spanText, Time } from '../../parts/time.tsx';
import { type Outlook, type Run, type Step, useRunAct } from './use-run.ts';

interface PhasesProps {
  readonly run: Run;
  readonly outlook: Outlook | undefined;
  readonly open: string | undefined;
  readonly onOpen: (step: string) => void;
}

export const Phases = ({ run, outlook, open, onOpen }: PhasesProps): ReactNode => {
  return (
    <Stack gap="md">
      {run.phases.map((phase) => (
        <PhaseCard
          key={phase.id}
          run={run}
          phase={phase}
          plan={outlook?.phases.find(({ id }) => id === phase.id)}
          mayOverride={outlook?.may.override === true}
          steps={run.steps.filter((step) => step.phase === phase.id)}
          open={open}
          onOpen={onOpen}
        />
      ))}
    </Stack>
  );
};

type Phase = Run['phases'][number];
type PhasePlan = Outlook['phases'][number];

interface PhaseProps {
  readonly run: Run;
  readonly phase: Phase;
  readonly plan: PhasePlan | undefined;
  readonly mayOverride: boolean;
  readonly steps: readonly Step[];
  readonly open: string | undefined;
  readonly onOpen: (step: string) => void;
}

/** Phases that are over or far off stay folded: what moves now is what one looks for. */
function PhaseCard({ run, phase, plan, mayOverride, steps, open, onOpen }: PhaseProps): ReactNode {
  const holdsOpen = steps.some(({ id }) => id === open);
  const moves =
    phase.status === 'open' || phase.status === 'waiting' || steps.some(({ status }) => NEEDS_EYES.has(status));
  const settled = steps.filter(({ status }) => SETTLED.has(status)).length;
  return (
    <details className="section" id={`phase-${phase.id}`} open={moves || holdsOpen}>
      <summary>
        <Group justify="space-between" gap="xs">
          <Title order={3} size="h5">
            {phase.title}
            {phase.round > 1 && <span className="count">round {phase.round}</span>}
          </Title>
          <Group gap="xs">
            <span className="quiet">
              {settled} of {steps.length}
            </span>
            {plan?.standing === 'late' && phase.status !== 'skipped' && (
              <Status of="late">{spanText(plan.late_ms)} late</Status>
            )}
            <Status of={phase.status} />
          </Group>
        </Group>
      </summary>
      <Held run={run} phase={phase} plan={plan} mayOverride={mayOverride} steps={steps} />
      <ul className="steps">
        {steps.map((step) => (
          <li key={step.id}>
            <button type="button" className="step" aria-pressed={step.id === open} onClick={() => onOpen(step.id)}>
              <span className="step-title">{step.title}</span>
              <span className="step-state">
                {step.status === 'waiting' && step.waiting_for !== null && (
                  <span className="quiet">{waitingWords(step)}</span>
                )}
                <Status of={step.status} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

const NEEDS_EYES = new Set<string>(['running', 'failed', 'uncertain', 'undo_failed', 'undoing']);

const WAITING: Readonly<Record<string, string>> = {
  person: 'for a person',
  approval: 'for approval',
  event: 'for an event',
  time: 'for its time',
  retry: 'to be tried again',
  occurrence: 'for its next time',
  child: 'for another run',
};

export const waitingWords = (step: Step): string =>
  step.waiting_for === null ? '' : (WAITING[step.waiting_for] ?? `for ${words(step.waiting_for)}`);

type HeldProps = Omit<PhaseProps, 'open' | 'onOpen'>;

/** Why the phase is not open, or not closed, in words. */
function Held({ run, phase, plan, mayOverride, steps }: HeldProps): ReactNode {
  if (phase.status === 'passed' || phase.status === 'skipped') return null;
  const undone = steps.filter(({ status }) => !SETTLED.has(status)).length;
  return (
    <Stack gap={4} mt="xs">
      {phase.starts_at !== null && phase.status !== 'open' && (
        <Text size="sm">
          Opens no earlier than <Time at={phase.starts_at} />.
        </Text>
      )}
      {phase.status === 'pending' && phase.blocked_by.length === 0 && (plan?.needs.length ?? 0) > 0 && (
        <Text size="sm" className="quiet">
          Comes after {plan?.needs.map((id) => run.phases.find((each) => each.id === id)?.title ?? id).join(' and ')}.
        </Text>
      )}
      {phase.status === 'open' && undone > 0 && (
        <Text size="sm" className="quiet">
          {undone} of {steps.length} steps are still to be settled before it closes.
        </Text>
      )}
      {phase.blocked_by.map((reason) => (
        <BlockedLine key={reason} run={run.id} phase={phase} plan={plan} reason={reason} mayOverride={mayOverride} />
      ))}
    </Stack>
  );
}

const SETTLED = new Set<string>(['passed', 'skipped', 'overridden', 'undone']);

interface BlockedProps {
  readonly run: string;
  readonly phase: Phase;
  readonly plan: PhasePlan | undefined;
  readonly reason: string;
  readonly mayOverride: boolean;
}

function BlockedLine({ run, phase, plan, reason, mayOverride }: BlockedProps): ReactNode {
  const act = useRunAct('POST /api/v1/runs/{run}/override-gate', run);
  const line = [...(plan?.entry ?? []), ...(plan?.exit ?? [])].find(
    ({ label }) => reason === label || reason.startsWith(`${label} (`),
  );
  return (
    <Group gap="xs" justify="space-between">
      <Text size="sm" component="div">
        <Status of="waiting">gate</Status> {gateWords(phase, reason, line !== undefined)}{' '}
        {line !== undefined && <code className="quiet">{line.expression}</code>}
      </Text>
      {line !== undefined && mayOverride && (
        <ReasonDialog
          name={`gate.${run}.${phase.id}.${line.label}`}
          label="Override…"
          title="Let the gate open"
          about={
            <>
              The line <strong>{words(line.label)}</strong> does not hold. It counts as overridden by you from now on,
              and never as passed.
            </>
          }
          danger
          pending={act.isPending}
          fault={act.error}
          onConfirm={(reasonText) =>
            act.mutateAsync({ path: { run }, body: { phase: phase.id, label: line.label, reason: reasonText } })
          }
        />
      )}
    </Group>
  );
}

const gateWords = (phase: Phase, reason: string, isLine: boolean): string =>
  isLine ? `${phase.status === 'open' ? 'Closes' : 'Opens'} when: ${words(reason)}.` : `${words(reason)}.`;
