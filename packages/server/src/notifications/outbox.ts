import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { SecretRef } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { enqueue } from '../engine/index.ts';
import { TEMPLATES, type Template, type TextMap } from './compose.ts';

export const MAIL_TASK = 'mail.send';

export interface Mail {
  /** null: the control plane's own. */
  readonly tenantId: string | null;
  readonly to: string;
  readonly template: Template;
  /** Texts, references to one-time links in the vault, which are opened when the mail is sent, and lists of texts. */
  readonly values: MailValues;
  /** Idempotency key: a second mail under it is not written. */
  readonly key: string;
}

export type MailValues = Readonly<Record<string, string | SecretRef | readonly TextMap[]>>;

const mailSchema = z.object({ to: z.email().max(320), template: z.enum(TEMPLATES), key: z.string().min(1).max(300) });

/**
 * Writes a mail in the caller's transaction, to be sent when that commits: it goes out if and only if what it tells
 * of has happened. For callers of the roles operator and worker, who may use the queue.
 *
 * @throws request.invalid for a recipient that is no address
 */
export async function enqueueMail(ctx: Ctx, mail: Mail): Promise<void> {
  const parsed = mailSchema.safeParse(mail);
  if (!parsed.success) {
    throw new TenantryError('request.invalid', `The mail ${mail.template} cannot be sent to "${mail.to}".`, {
      faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    });
  }
  const id = randomUUID();
  const { rowCount } = await ctx.tx.query(
    {
      name: 'mail-enqueue',
      text: `insert into mail_outbox (id, tenant_id, key, recipient, template, content, next_attempt_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (key) do nothing`,
    },
    [id, mail.tenantId, mail.key, mail.to, mail.template, JSON.stringify(mail.values), ctx.now],
  );
  if (rowCount === 1) await enqueue(ctx.tx, [mailJob(id)]);
}

export const mailJob = (id: string, runAt?: Date) => ({
  task: MAIL_TASK,
  payload: { mail: id },
  key: `mail:${id}`,
  ...(runAt === undefined ? {} : { runAt }),
});

const SWEEP_MAX = 500;

/** Puts mails on the queue again whose job was lost, with the queue or with a process. Answers how many. */
export const sweepMail = (database: Database, now: Date): Promise<number> =>
  database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `select id from mail_outbox where status = 'waiting' and next_attempt_at < $1::timestamptz - interval '1 minute'
       order by next_attempt_at limit ${SWEEP_MAX}`,
      [now],
    );
    await enqueue(
      tx,
      rows.map(({ id }) => mailJob(id)),
    );
    return rows.length;
  });

export interface MailState {
  readonly id: string;
  readonly to: string;
  readonly template: string;
  readonly status: 'waiting' | 'sent' | 'given_up' | 'withdrawn';
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  /** Why the last attempt failed; holds no secret. */
  readonly lastError: string | null;
  readonly createdAt: Date;
}

/** Mails of a tenant, newest first, without what they say. */
export async function listMail(tx: Tx, tenantId: string, limit = 100): Promise<readonly MailState[]> {
  const { rows } = await tx.query<MailState>(
    `select id, recipient as "to", template, status, attempts, next_attempt_at as "nextAttemptAt",
            last_error as "lastError", created_at as "createdAt"
     from mail_outbox where tenant_id = $1 order by created_at desc, id limit $2`,
    [tenantId, limit],
  );
  return rows;
}

/** Tries a mail again that was given up. Answers false for any other. */
export async function retryMail(ctx: Ctx, tenantId: string, id: string): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const { rowCount } = await ctx.tx.query(
    `update mail_outbox set status = 'waiting', ended_at = null, attempts = 0, created_at = $3, next_attempt_at = $3
     where id = $1 and tenant_id = $2 and status = 'given_up'`,
    [id, tenantId, ctx.now],
  );
  if (rowCount === 0) return false;
  await enqueue(ctx.tx, [mailJob(id)]);
  await recordAudit(ctx, { action: 'mail.retried', tenantId, subject: { kind: 'mail', id } });
  return true;
}
