/** Mails about runs: who is told when nobody answers. Runs know roles, people know addresses; here they meet. */
import { toWireId } from '@tenantry/contract';
import { findStep } from '@tenantry/runbook';
import { type Ctx, systemActor } from './access/index.ts';
import type { Database } from './db/index.ts';
import type { JobHandler } from './engine/index.ts';
import { enqueueMail } from './notifications/index.ts';
import { addressesOfRole } from './people/index.ts';
import { ESCALATE_TASK, loadRun, type RunRecord } from './runbooks/index.ts';

interface Deps {
  readonly database: Database;
  readonly now: () => Date;
}

export const runMails = ({ database, now }: Deps): Readonly<Record<string, JobHandler>> => ({
  [ESCALATE_TASK]: async ({ run, step, to, rung }) => {
    await database.transaction('operator', async (tx) => {
      const ctx = { tx, actor: systemActor('escalation'), now: now() };
      const record = await loadRun(tx, String(run));
      await tellRole(ctx, record, { step: String(step), to: String(to), rung: Number(rung) });
    });
  },
});

interface Escalation {
  readonly step: string;
  readonly to: string;
  readonly rung: number;
}

/** One mail for each person and rung: the job may be done twice. A step that was answered meanwhile tells nobody. */
async function tellRole(ctx: Ctx, record: RunRecord, { step: id, to, rung }: Escalation): Promise<void> {
  const { meta, runbook, state } = record;
  const step = findStep(runbook, id);
  const held = state.steps[id];
  if (step === undefined || held?.status !== 'waiting' || held.askedAt === undefined) return;
  const contact = meta.contacts[to];
  const addresses = contact === undefined ? await addressesOfRole(ctx.tx, { role: to, ...meta }) : [contact];
  for (const address of addresses) {
    await enqueueMail(ctx, {
      tenantId: null,
      to: address,
      template: 'escalation',
      key: `escalation:${record.id}/${id}/${held.round}/${held.askedAt}/${rung}/${address}`,
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
}
