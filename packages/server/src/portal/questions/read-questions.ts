import { type QuestionView, toWireId } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';

interface QuestionRow {
  readonly id: string;
  readonly run_id: string;
  readonly step_id: string | null;
  readonly about: string | null;
  readonly asked_by: string;
  readonly asked_at: Date;
  readonly closed_at: Date | null;
  readonly messages: readonly {
    readonly id: string;
    readonly party: 'client' | 'vendor';
    readonly author: string;
    readonly text: string;
    readonly at: string;
  }[];
}

const SELECT = `select q.id, q.run_id, q.step_id, q.closed_at, q.asked_at, q.about, q.asked_by,
    (select json_agg(json_build_object('id', m.id, 'party', m.party, 'author', m.author_name, 'text', m.text, 'at', m.at)
       order by m.position) from portal_messages m where m.question_id = q.id) as messages
  from portal_questions q`;

/** Of one tenant, newest first: everybody at the client sees what was asked and answered. */
export async function listQuestions(tx: Tx, tenantId: string): Promise<QuestionView[]> {
  const { rows } = await tx.query<QuestionRow>(
    `${SELECT} where q.tenant_id = $1 order by q.asked_at desc, q.id limit 200`,
    [tenantId],
  );
  return rows.map(viewQuestion);
}

export async function findQuestion(tx: Tx, tenantId: string, id: string): Promise<QuestionView | undefined> {
  const { rows } = await tx.query<QuestionRow>(`${SELECT} where q.tenant_id = $1 and q.id = $2`, [tenantId, id]);
  return rows[0] === undefined ? undefined : viewQuestion(rows[0]);
}

function viewQuestion(row: QuestionRow): QuestionView {
  const messages = row.messages.map(({ id, at, ...message }) => ({
    id: toWireId('message', id),
    ...message,
    at: new Date(at).toISOString(),
  }));
  return {
    id: toWireId('question', row.id),
    run: toWireId('run', row.run_id),
    step: row.step_id,
    about: row.about,
    asked_by: row.asked_by,
    asked_at: row.asked_at.toISOString(),
    closed_at: row.closed_at?.toISOString() ?? null,
    waits_for: row.closed_at !== null ? 'nobody' : messages.at(-1)?.party === 'vendor' ? 'client' : 'vendor',
    messages,
  };
}

/** Open questions by whose turn it is. */
export async function countQuestions(
  tx: Tx,
  tenantId: string,
): Promise<{ readonly unanswered: number; readonly answered: number }> {
  const { rows } = await tx.query<{ unanswered: number; answered: number }>(
    `select count(*) filter (where last.party = 'client')::int as unanswered,
            count(*) filter (where last.party = 'vendor')::int as answered
     from portal_questions q cross join lateral (
       select party from portal_messages m where m.question_id = q.id order by m.position desc limit 1) last
     where q.tenant_id = $1 and q.closed_at is null`,
    [tenantId],
  );
  return rows[0] ?? { unanswered: 0, answered: 0 };
}
