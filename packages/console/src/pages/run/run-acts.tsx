/** What can be done to a run as a whole. */
import { Button, Checkbox, Group, NativeSelect, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { addressOf } from '../../api/call.ts';
import { ReasonDialog } from '../../parts/reason-dialog.tsx';
import { type Outlook, type Run, useRunAct } from './use-run.ts';

const ENDED = new Set<string>(['completed', 'rolled_back', 'cancelled']);

export function RunActs({ run, outlook }: { readonly run: Run; readonly outlook: Outlook | undefined }): ReactNode {
  const ended = ENDED.has(run.status) || run.ending !== null;
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        component="a"
        href={addressOf('GET /api/v1/runs/{run}/evidence-pack', { path: { run: run.id } }).href}
        download
      >
        Evidence pack
      </Button>
      {!ended && run.go_live !== null && outlook?.may.override === true && <MoveGoLive run={run} />}
      {!ended && outlook?.may.override === true && <Reopen run={run} />}
      {!ended && outlook?.may.rollback === true && <RollBack run={run} />}
      {!ended && outlook?.may.cancel === true && <Cancel run={run} />}
    </Group>
  );
}

function MoveGoLive({ run }: { readonly run: Run }): ReactNode {
  const [day, setDay] = useState((run.go_live ?? '').slice(0, 10));
  const act = useRunAct('POST /api/v1/runs/{run}/go-live', run.id);
  return (
    <ReasonDialog
      name={`go-live.${run.id}`}
      label="Move go-live…"
      title="Move the day of go-live"
      about="Every time that counts from it and is not reached yet moves with it."
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { run: run.id }, body: { go_live: day, reason } })}
    >
      <TextInput type="date" label="Day" value={day} onChange={(event) => setDay(event.currentTarget.value)} required />
    </ReasonDialog>
  );
}

function Reopen({ run }: { readonly run: Run }): ReactNode {
  const opened = run.phases.filter(({ opened_at }) => opened_at !== null);
  const [phase, setPhase] = useState(opened.at(-1)?.id ?? '');
  const [undo, setUndo] = useState(false);
  const act = useRunAct('POST /api/v1/runs/{run}/reopen', run.id);
  if (opened.length === 0) return null;
  return (
    <ReasonDialog
      name={`reopen.${run.id}`}
      label="Begin a phase anew…"
      title="Begin a phase anew"
      about="It and everything that depends on it begins another round. The evidence of the round before stays."
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { run: run.id }, body: { phase, undo, reason } })}
    >
      <NativeSelect
        label="Phase"
        value={phase}
        onChange={(event) => setPhase(event.currentTarget.value)}
        data={opened.map(({ id, title }) => ({ value: id, label: title }))}
      />
      <Checkbox
        label="Take back first what it has made"
        checked={undo}
        onChange={(event) => setUndo(event.currentTarget.checked)}
      />
    </ReasonDialog>
  );
}

function RollBack({ run }: { readonly run: Run }): ReactNode {
  const act = useRunAct('POST /api/v1/runs/{run}/rollback', run.id);
  const made = run.steps.reduce((sum, step) => sum + step.resources, 0);
  return (
    <ReasonDialog
      name={`rollback.${run.id}`}
      label="Take back…"
      title="Take back everything this run made"
      about={`${made === 1 ? 'One thing stands' : `${made} things stand`} in the ledger. They are taken back, the last made first; what the run only found is never touched.`}
      danger
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { run: run.id }, body: { reason } })}
    />
  );
}

function Cancel({ run }: { readonly run: Run }): ReactNode {
  const [undo, setUndo] = useState(false);
  const act = useRunAct('POST /api/v1/runs/{run}/cancel', run.id);
  return (
    <ReasonDialog
      name={`cancel.${run.id}`}
      label="Cancel…"
      title="End this run"
      about="Nothing further starts. Running steps finish and are recorded."
      danger
      pending={act.isPending}
      fault={act.error}
      onConfirm={(reason) => act.mutateAsync({ path: { run: run.id }, body: { undo, reason } })}
    >
      <Checkbox
        label="Take back what it has made"
        checked={undo}
        onChange={(event) => setUndo(event.currentTarget.checked)}
      />
    </ReasonDialog>
  );
}
