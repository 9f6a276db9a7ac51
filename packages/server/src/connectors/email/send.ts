/**
 * `email.send`. What a crash leaves behind depends on who is asked: the development mailbox knows by its
 * Message-ID whether a message arrived (`readback`); a plain SMTP server cannot be asked, and a record of our
 * own would not know of a message that was accepted just before the crash. So the declaration is `unknown`,
 * and `deliveryAt` raises it where the connection names a mailbox. The Message-ID is the same for every
 * attempt, so that most receivers show a message once even where a person decides to send it again.
 */
import { bug, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import {
  type ActionContext,
  type Applied,
  defineAction,
  isSecretRef,
  isSecretTemplate,
  isWhollyKnown,
  json,
  type Planned,
  type Proof,
  Secret,
  secret,
  sha256,
  withHonestRetry,
} from '../kit/index.ts';
import { addressOf, composeLetter, type Letter, recipientOf, writeMessage } from './compose.ts';
import { deliver } from './deliver.ts';
import { findByMessageId } from './mailbox-store.ts';
import { type SmtpTarget, targetOf } from './settings.ts';

const DEFAULT_CONNECTION = 'default';

const recipient = z.string().min(1).max(320);

const input = z.strictObject({
  /** Role ids, whose contacts are looked up, or addresses. */
  to: z.union([recipient, z.array(recipient).min(1).max(50)]),
  /** `go-live` for `templates/go-live.md`, or a path in the runbook's folder. */
  template: z.string().min(1),
  /**
   * Values of the template; `tenant` and `run` are there as well. A one-time link is the only secret that may be
   * among them, and only in the text: the subject is kept as evidence.
   */
  values: z.record(z.string(), z.union([secret(), json()])).default({}),
  /** Name of a connection of kind `smtp`. */
  connection: z.string().min(1).default(DEFAULT_CONNECTION),
});

const output = z.strictObject({
  message_id: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  /** Recipients the server would not take. */
  rejected: z.array(z.string()),
});

type Input = z.infer<typeof input>;
type Output = z.infer<typeof output>;

function letterOf(ctx: ActionContext, given: Input, target: SmtpTarget): Letter {
  const to = [given.to].flat().map((recipientName) => recipientOf(ctx, recipientName));
  return composeLetter(ctx, { from: target.settings.from, to, template: given.template, values: given.values });
}

/** PSEC-09: a mail is read, forwarded and kept by people we do not know. */
async function refuseSecrets(ctx: ActionContext, target: SmtpTarget, letter: Letter): Promise<void> {
  if (ctx.findSecrets === undefined) throw bug('mail cannot be sent without a way to look for secrets in it');
  const text = `${letter.subject}\n${letter.text}`;
  const found = [
    ...letter.secrets.filter((name) => !letter.links.includes(name)).map((name) => `the value "${name}"`),
    ...(await ctx.findSecrets(text)),
    ...target.secrets
      .filter((secret) => text.includes(secret.reveal()))
      .map(() => 'the password of the mail connection'),
  ];
  if (found.length === 0) return;
  throw new TenantryError(
    'vault.secret_in_message',
    `The mail "${letter.messageId}" would carry a secret: ${found.join(', ')}.`,
    {
      facts: { effect: 'none' },
      next: 'Take it out of the values; hand secrets over by a one-time link.',
    },
  );
}

const appliedOf = (letter: Letter, rejected: readonly string[]): Applied<Output> => ({
  output: { message_id: letter.messageId, to: [...letter.to], subject: letter.subject, rejected: [...rejected] },
  resources: [
    {
      kind: 'e-mail',
      externalId: letter.messageId,
      name: `${letter.subject} to ${letter.to.join(', ')}`,
      claim: 'created',
      undo: {},
    },
  ],
});

async function find(ctx: ActionContext, given: Input): Promise<Applied<Output> | undefined> {
  const target = targetOf(ctx, given.connection);
  if (target.settings.mailbox === undefined) return undefined;
  const letter = letterOf(ctx, given, target);
  const kept = await findByMessageId(target.settings.mailbox, letter.messageId);
  return kept === undefined ? undefined : appliedOf(letter, []);
}

async function apply(ctx: ActionContext, given: Input): Promise<Applied<Output>> {
  const target = targetOf(ctx, given.connection);
  const letter = letterOf(ctx, given, target);
  await refuseSecrets(ctx, target, letter);
  const sent = await find(ctx, given);
  if (sent !== undefined) return sent;
  const message = await writeMessage(letter, ctx.now);
  try {
    const delivery = await deliver(ctx, target, { from: addressOf(letter.from), to: letter.to }, message);
    ctx.log('The mail server has taken the message', { message_id: letter.messageId, response: delivery.response });
    return appliedOf(letter, delivery.rejected);
  } catch (error) {
    throw target.settings.mailbox === undefined ? withHonestRetry(error) : error;
  }
}

/** A server that takes mail for others answers for taking it, and for nothing after. */
const acceptedProof = (target: SmtpTarget, applied: Applied<Output>): Proof<Output> => ({
  ok: applied.output.rejected.length === 0,
  expected: { accepted_by: target.system, rejected: [] },
  actual: {
    accepted_by: target.system,
    rejected: applied.output.rejected,
    note: 'what happens after that cannot be asked',
  },
  output: applied.output,
});

async function verify(ctx: ActionContext, given: Input, applied: Applied<Output>): Promise<Proof<Output>> {
  const target = targetOf(ctx, given.connection);
  if (target.settings.mailbox === undefined) return acceptedProof(target, applied);
  const letter = letterOf(ctx, given, target);
  const kept = await findByMessageId(target.settings.mailbox, applied.output.message_id);
  const lines = (text: string): string => sha256(text.replaceAll('\r\n', '\n').trim());
  const expected = { to: letter.to, subject: letter.subject, text_sha256: lines(letter.text) };
  const actual = kept === undefined ? null : { to: kept.to, subject: kept.subject, text_sha256: lines(kept.text) };
  return {
    ok: actual !== null && JSON.stringify(actual) === JSON.stringify(expected),
    expected,
    actual,
    output: { ...applied.output, to: kept?.to ?? [], subject: kept?.subject ?? '' },
  };
}

function plannedName(ctx: ActionContext, planned: Planned<Input>): string {
  if (!isWhollyKnown(planned)) {
    const template = Reflect.get(planned, 'template');
    const to: unknown = Reflect.get(planned, 'to');
    const known = isWhollyKnown(to) ? [to].flat().map((name) => recipientOf(ctx, String(name))) : [to];
    return `${String(template)} to ${known.map(String).join(', ')} (text known after apply)`;
  }
  const given = input.parse(planned);
  const letter = letterOf(ctx, { ...given, values: withoutReferences(given.values) }, targetOf(ctx, given.connection));
  return `${letter.subject} to ${letter.to.join(', ')}`;
}

/** A plan is handed references to secrets, never what they hold. */
const withoutReferences = (values: Input['values']): Input['values'] =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isSecretRef(value) || isSecretTemplate(value) ? new Secret('(known after apply)') : value,
    ]),
  );

export const sendAction = defineAction<Input, Output>({
  name: 'email.send',
  version: 1,
  summary: 'Sends a mail made from a template of the runbook',
  delivery: 'unknown',
  // A mail cannot be called back: the runbook says what follows, such as a correction or nothing.
  undoability: 'none',
  input,
  output,
  timeoutMs: 60_000,
  deliveryAt: (ctx, given) => (targetOf(ctx, given.connection).settings.mailbox === undefined ? 'unknown' : 'readback'),
  async plan(ctx, planned) {
    return { changes: [{ verb: 'send', kind: 'e-mail', name: plannedName(ctx, planned) }] };
  },
  find,
  apply,
  verify,
  async undo() {
    return { outcome: 'left', note: 'A mail that was sent cannot be called back.' };
  },
});
