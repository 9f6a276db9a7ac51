/**
 * What people are to be told of a run: questions to whoever is asked, notices to whoever is informed. A move writes them
 * down; a moment later they are handed, once, to whoever writes mails, without the questions that were answered meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { happeningsOf, isTerminal, type RunState, type StepState } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';
import { setTimerOnce, type Timer } from '../../engine/index.ts';
import type { Move } from './move.ts';
import { TELL_TASK } from './tasks.ts';

/** What happens within so long of each other goes out together. */
export const TELL_AFTER_MS = 60_000;

interface NewRow {
  readonly kind: 'ask' | 'notice';
  readonly subject: string;
  readonly text: string;
}

/** Called after the timers of the run were cleared: what was not told yet is told after its end as well. */
export async function recordNews(ctx: Ctx, move: Move): Promise<void> {
  const { before, state } = move;
  const [asked, answered] = [askedBy(move), noLongerAsked(before.state, state)];
  const rows: readonly NewRow[] = [
    ...asked.map((step) => ({ kind: 'ask' as const, subject: step, text: '' })),
    ...noticesOf(move),
  ];
  const ended = [...answered, ...asked];
  const isNews = rows.length > 0 || ended.length > 0;
  const tellsAfterEnd = isTerminal(state.status) && (before.runbook.about.raci.informed ?? []).length > 0;
  // Side by side: the commit travels with them, and what is sent after an answer would come too late.
  await Promise.all([
    isNews
      ? ctx.tx.query({ name: 'record_news', text: RECORD }, [before.id, ctx.now, ended, JSON.stringify(rows)])
      : undefined,
    rows.length > 0 || tellsAfterEnd ? setTimerOnce(ctx.tx, tellTimer(before.id, ctx.now)) : undefined,
  ]);
}

const tellTimer = (run: string, now: Date): Timer => ({
  owner: run,
  key: 'tell',
  dueAt: new Date(now.getTime() + TELL_AFTER_MS),
  task: TELL_TASK,
  payload: { run },
});

/** The new rows are not seen by the statement beside them, so a question that is asked anew ends only the one before. */
const RECORD = `
with ended as (
  update run_news set ended_at = $2 where run_id = $1 and kind = 'ask' and ended_at is null and subject = any($3::text[])
)
insert into run_news (run_id, kind, subject, text, at)
select $1, x.kind, x.subject, x.text, $2 from jsonb_to_recordset($4::jsonb) as x(kind text, subject text, text text)`;

const askedBy = ({ commands, state }: Move): readonly string[] => [
  ...new Set(
    commands.flatMap((command) => (command.do === 'ask' && isAsked(state.steps[command.step]) ? [command.step] : [])),
  ),
];

const noLongerAsked = (before: RunState, after: RunState): readonly string[] =>
  before.steps === after.steps
    ? []
    : Object.keys(before.steps).filter((id) => isAsked(before.steps[id]) && !isAsked(after.steps[id]));

/** Somebody has to act on it: in a task, a decision, a choice, or something to be taken back by hand. */
const isAsked = (step: StepState | undefined): boolean =>
  (step?.status === 'waiting' && (step.waitingFor === 'person' || step.waitingFor === 'approval')) ||
  (step?.status === 'undoing' && step.waitingFor === 'person');

const noticesOf = ({ before, state, event }: Move): readonly NewRow[] =>
  happeningsOf({ runbook: before.runbook, before: before.state, after: state, event }).map(({ of, text }) => ({
    kind: 'notice',
    subject: of,
    text,
  }));

export interface News {
  /** Names the mails it goes out with. */
  readonly batch: string;
  /** Ids of steps that ask people. */
  readonly asks: readonly string[];
  readonly notices: readonly { readonly of: string; readonly text: string; readonly at: Date }[];
}

/** Hands over, once, what was not told yet; undefined when there is nothing. The caller's transaction tells it. */
export async function takeNews(ctx: Ctx, runId: string): Promise<News | undefined> {
  const batch = randomUUID();
  const { rows } = await ctx.tx.query<NewRow & { readonly position: string; readonly at: Date }>(
    `update run_news set told_at = $2, batch = $3 where run_id = $1 and told_at is null and ended_at is null
     returning kind, subject, text, position, at`,
    [runId, ctx.now, batch],
  );
  if (rows.length === 0) return undefined;
  const sorted = rows.toSorted((a, b) => Number(a.position) - Number(b.position));
  return {
    batch,
    asks: sorted.filter(({ kind }) => kind === 'ask').map(({ subject }) => subject),
    notices: sorted.filter(({ kind }) => kind === 'notice').map(({ subject, text, at }) => ({ of: subject, text, at })),
  };
}

/** The batch a question went out with, while it is open and people were told. */
export async function batchOfAsk(tx: Tx, runId: string, step: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ batch: string }>(
    `select batch from run_news where run_id = $1 and kind = 'ask' and subject = $2 and ended_at is null and batch is not null
     order by run_news.position desc limit 1`,
    [runId, step],
  );
  return rows[0]?.batch;
}

/** Whether any question of a batch is still open. */
export async function isStillAsked(tx: Tx, batch: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from run_news where batch = $1 and kind = 'ask' and ended_at is null limit 1`,
    [batch],
  );
  return rowCount === 1;
}
