/** Jobs that write mails about runs: who is asked, who is informed, who is told when nobody answers. */
import { toWireId } from '@tenantry/contract';
import { findStep } from '@tenantry/runbook';
import { type Ctx, systemActor } from './access/index.ts';
import type { Database } from './db/index.ts';
import type { JobHandler } from './engine/index.ts';
import { batchOfAsk, ESCALATE_TASK, loadRun, type RunRecord, TELL_TASK } from './runbooks/index.ts';
import { addressesIn, remindAsked, type TellDeps, tellPeople, writeMail } from './tell-people.ts';

export interface RunMailsDeps extends TellDeps {
  readonly database: Database;
  readonly now: () => Date;
}

export const runMails = (deps: RunMailsDeps): Readonly<Record<string, JobHandler>> => ({
  [TELL_TASK]: async ({ run }) => {
    await deps.database.transaction('operator', (tx) =>
      tellPeople({ tx, actor: systemActor('notices'), now: deps.now() }, deps, String(run)),
    );
  },
  [ESCALATE_TASK]: async ({ run, step, to, rung }) => {
    await deps.database.transaction('operator', async (tx) => {
      const ctx = { tx, actor: systemActor('escalation'), now: deps.now() };
      const record = await loadRun(tx, String(run));
      const escalation = { step: String(step), to: String(to), rung: Number(rung) };
      if (!(await tellRole(ctx, deps, record, escalation))) return;
      await remindAsked(ctx, deps, record, escalation);
    });
  },
});

interface Escalation {
  readonly step: string;
  readonly to: string;
  readonly rung: number;
}

/** One mail for each person and rung: the job may be done twice. A step that was answered meanwhile tells nobody. */
async function tellRole(
  ctx: Ctx,
  deps: TellDeps,
  record: RunRecord,
  { step: id, to, rung }: Escalation,
): Promise<boolean> {
  const { meta, runbook, state } = record;
  const step = findStep(runbook, id);
  const held = state.steps[id];
  if (step === undefined || held?.status !== 'waiting' || held.askedAt === undefined) return false;
  const batch = await batchOfAsk(ctx.tx, record.id, id);
  const about = batch === undefined ? `escalation:${record.id}` : `ask:${batch}`;
  for (const address of await addressesIn(ctx, deps, record, { role: to, except: [] })) {
    await writeMail(ctx, deps, {
      to: address,
      template: 'escalation',
      key: `${about}/${id}/${held.round}/${held.askedAt}/${rung}/${address}`,
      values: {
        run: meta.title,
        id: toWireId('run', record.id),
        step: step.title,
        since: held.askedAt,
        waiting_for: held.waitingFor ?? 'an answer',
        role: runbook.roles[to]?.title ?? to,
        rung: String(rung),
      },
    });
  }
  return true;
}
