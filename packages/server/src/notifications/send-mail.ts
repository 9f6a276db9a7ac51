import { isTenantryError } from '@tenantry/contract';
import { type Ctx, systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { redactText, type Secret, type SecretRef } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { enqueue } from '../engine/index.ts';
import { composeLetter, type LetterValues, messageIdOf, type Template, type TextMap } from './compose.ts';
import { nextAttempt } from './core/schedule.ts';
import { type MailValues, mailJob } from './outbox.ts';
import { isFinalRefusal, type MailTransport } from './smtp.ts';

export interface SendDeps {
  readonly database: Database;
  /** Undefined while no mail server is configured: mails wait. */
  readonly transport: MailTransport | undefined;
  /** Opens a one-time link of the vault. */
  readonly openLink: (ctx: Ctx, ref: SecretRef, tenantId: string | null) => Promise<Secret>;
  readonly now: () => Date;
  /** Whether what the mail of a key is about still waits for an answer; every mail is wanted where nobody says. */
  readonly isWanted?: (tx: Tx, key: string) => Promise<boolean>;
}

interface MailRow {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly recipient: string;
  readonly template: Template;
  readonly key: string;
  readonly content: MailValues;
  readonly attempts: number;
  readonly created_at: Date;
}

type Outcome =
  | { readonly status: 'sent' }
  | { readonly status: 'waiting'; readonly error: string; readonly next: Date }
  | { readonly status: 'given_up' | 'withdrawn'; readonly error: string };

/** Longer than any conversation with a mail server: another process leaves the mail alone for that time. */
const CLAIM_MS = 5 * 60_000;

const MAIL = systemActor('mail');

/**
 * The job of one mail. What fails is tried again later by a job of its own, so this ends well unless the database is
 * away. A crash while the server takes the message sends it once more, under the same Message-ID.
 */
export async function sendMail(deps: SendDeps, id: string): Promise<void> {
  const now = deps.now();
  const claimed = await claim(deps, id, now);
  if (claimed === undefined) return;
  const outcome = await attempt(deps, claimed, now);
  await deps.database.transaction('worker', (tx) => settle({ tx, actor: MAIL, now }, claimed, outcome));
}

interface Claimed {
  readonly mail: MailRow;
  /** The texts of the template; undefined when it is not to be sent any more. */
  readonly values: LetterValues | undefined;
  /** Why not. */
  readonly ended?: string;
  readonly secrets: readonly Secret[];
}

/** One process at a time: the attempt is counted, and due again only after the claim, before anything is sent. */
async function claim(deps: SendDeps, id: string, now: Date): Promise<Claimed | undefined> {
  return deps.database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<MailRow>(
      `update mail_outbox set attempts = attempts + 1, next_attempt_at = $3
       where id = $1 and status = 'waiting' and next_attempt_at <= $2
       returning id, tenant_id, key, recipient, template, content, attempts, created_at`,
      [id, now, new Date(now.getTime() + CLAIM_MS)],
    );
    const [mail] = rows;
    if (mail === undefined) return undefined;
    if ((await deps.isWanted?.(tx, mail.key)) === false) {
      return { mail, values: undefined, ended: 'what it asks for has been answered', secrets: [] };
    }
    return { mail, ...(await openValues(deps, { tx, actor: MAIL, now }, mail)) };
  });
}

const isTextMaps = (value: MailValues[string]): value is readonly TextMap[] => Array.isArray(value);

async function openValues(
  { openLink }: SendDeps,
  ctx: Ctx,
  { content, tenant_id: tenantId }: MailRow,
): Promise<Omit<Claimed, 'mail'>> {
  const values: Record<string, LetterValues[string]> = {};
  const secrets: Secret[] = [];
  for (const [name, value] of Object.entries(content)) {
    if (typeof value === 'string' || isTextMaps(value)) {
      values[name] = value;
      continue;
    }
    const link = await openLink(ctx, value, tenantId).catch((error: unknown) => {
      // It expired, was used, or the user is gone: there is nothing left to send.
      if (isTenantryError(error) && error.code === 'vault.not_found') return undefined;
      throw error;
    });
    if (link === undefined) return { values: undefined, secrets };
    values[name] = link.reveal();
    secrets.push(link);
  }
  return { values, secrets };
}

async function attempt(
  { transport }: SendDeps,
  { mail, values, ended = 'the link in it has ended', secrets }: Claimed,
  now: Date,
): Promise<Outcome> {
  if (values === undefined) return { status: 'withdrawn', error: ended };
  try {
    if (transport === undefined) throw new Error('no mail server is configured');
    const letter = composeLetter(mail.template, values);
    await transport.send({
      ...letter,
      to: mail.recipient,
      messageId: messageIdOf(mail.id, transport.from),
      date: mail.created_at,
    });
    return { status: 'sent' };
  } catch (error) {
    const text = redactText(error instanceof Error ? error.message : String(error), secrets).slice(0, 500);
    const next = nextAttempt({ createdAt: mail.created_at, attempts: mail.attempts }, now);
    return isFinalRefusal(error) || next === undefined
      ? { status: 'given_up', error: text }
      : { status: 'waiting', error: text, next };
  }
}

async function settle(ctx: Ctx, { mail }: Claimed, outcome: Outcome): Promise<void> {
  const waits = outcome.status === 'waiting';
  await ctx.tx.query(
    `update mail_outbox set status = $2, last_error = $3, next_attempt_at = coalesce($4, next_attempt_at), ended_at = $5,
            content = case when $2 = 'waiting' or $2 = 'given_up' then content else '{}'::jsonb end
     where id = $1`,
    [
      mail.id,
      outcome.status,
      outcome.status === 'sent' ? null : outcome.error,
      waits ? outcome.next : null,
      waits ? null : ctx.now,
    ],
  );
  if (waits) return enqueue(ctx.tx, [mailJob(mail.id, outcome.next)]);
  await recordAudit(ctx, {
    action: `mail.${outcome.status}`,
    ...(mail.tenant_id === null ? {} : { tenantId: mail.tenant_id }),
    subject: { kind: 'mail', id: mail.id, name: mail.recipient },
    detail: { template: mail.template, attempts: mail.attempts },
  });
}
