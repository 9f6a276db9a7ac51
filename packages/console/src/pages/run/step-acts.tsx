/** Retry, override, resolve: what a person can do about a step that did not pass. */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { FaultAlert } from '../../parts/states.tsx';
import { type Run, type Step, useRunAct } from './use-run.ts';

interface StepActsProps {
  readonly run: Run;
  readonly step: Step;
  readonly mayOverride: boolean;
}

export function StepActs({ run, step, mayOverride }: StepActsProps): ReactNode {
  const retry = useRunAct('POST /api/v1/runs/{run}/steps/{step}/retry', run.id);
  const path = { run: run.id, step: step.id };
  if (step.status === 'uncertain') return <Resolve run={run.id} step={step} />;
  if (step.status !== 'failed' && step.status !== 'undo_failed') return null;
  return (
    <>
      <Button size="xs" loading={retry.isPending} onClick={() => retry.mutate({ path })}>
        Try again
      </Button>
      {step.status === 'failed' && mayOverride && <Override run={run.id} step={step} />}
      {step.status === 'failed' && !mayOverride && (
        <span className="quiet">You are in no role that may override it.</span>
      )}
      {retry.error !== null && <FaultAlert fault={retry.error} />}
    </>
  );
}

function Override({ run, step }: { readonly run: string; readonly step: Step }): ReactNode {
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/override', run);
  return (
    <ReasonDialog
      name={`override.${run}.${step.id}`}
      label="Override…"
      title={`Go on in spite of: ${step.title}`}
      about="The step counts as overridden by you, and never as passed. It shows so in every report."
      danger
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { run, step: step.id }, body: { reason } })}
    />
  );
}

function Resolve({ run, step }: { readonly run: string; readonly step: Step }): ReactNode {
  const act = useRunAct('POST /api/v1/runs/{run}/steps/{step}/resolve', run);
  const send = (outcome: 'happened' | 'did_not_happen') => (reason: string) =>
    act.mutateAsync({ path: { run, step: step.id }, body: { outcome, reason } });
  const shared = { pending: act.isPending, fault: act.error };
  return (
    <>
      <ReasonDialog
        {...shared}
        name={`resolve.yes.${run}.${step.id}`}
        label="It took effect…"
        title="The call took effect"
        about="Look in the other system first. The step is read back and goes on from there; the call is not repeated."
        onConfirm={send('happened')}
      />
      <ReasonDialog
        {...shared}
        name={`resolve.no.${run}.${step.id}`}
        label="It did not…"
        title="The call did not take effect"
        about="Look in the other system first. The step then fails, and can be tried again."
        onConfirm={send('did_not_happen')}
      />
    </>
  );
}
