/** From a template and its values to a message: subject, plain text, HTML. */
import { TenantryError } from '@tenantry/contract';
import MailComposer from 'nodemailer/lib/mail-composer';
import { z } from 'zod';
import {
  type ActionContext,
  asText,
  escapeMarkdownAt,
  markdownToHtml,
  markOf,
  partTemplate,
  placeholderRenderer,
  Secret,
} from '../kit/index.ts';

export interface Letter {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names of the values that were secrets, and those of them that are addresses. */
  readonly secrets: readonly string[];
  readonly links: readonly string[];
}

interface LetterRequest {
  readonly from: string;
  readonly to: readonly string[];
  readonly template: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const SUBJECT_LINE = /^subject:[ \t]*(.+?)[ \t]*$/m;

const invalid = (message: string, next: string): TenantryError =>
  new TenantryError('runbook.invalid', message, { next });

/**
 * `go-live` is `templates/go-live.md`; anything with a slash or an ending is a path of the runbook's folder.
 */
export const templatePath = (template: string): string =>
  /[/.]/.test(template) ? template : `templates/${template}.md`;

/** Fills in a template: Markdown below front matter that holds the subject. */
export function composeLetter(ctx: ActionContext, request: LetterRequest): Letter {
  const { head, body } = partTemplate(ctx.template(templatePath(request.template)));
  const subject = SUBJECT_LINE.exec(head ?? '')?.[1]?.replace(/^(["'])(.*)\1$/, '$2');
  if (subject === undefined) {
    throw invalid(
      `The template ${request.template} has no subject.`,
      'Start it with "---", a line "subject: …" and "---".',
    );
  }
  const { texts, ...tenant } = ctx.tenant ?? {};
  const given = { tenant: { ...texts, ...tenant }, run: ctx.run, ...request.values };
  const secrets = Object.entries(request.values).filter(([, value]) => value instanceof Secret);
  const opened = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
  const render = placeholderRenderer(opened);
  return {
    messageId: messageIdOf(ctx.key, request.from),
    from: request.from,
    to: request.to,
    // A line break in a value must not start another header; a secret in a subject is refused by the renderer.
    subject: placeholderRenderer(given)(subject, asText).replaceAll(/\s+/g, ' ').trim(),
    text: `${render(body, asText).trim()}\n`,
    html: page(markdownToHtml(render(body, (value, before) => escapeMarkdownAt(asText(value), before)))),
    secrets: secrets.map(([name]) => name),
    links: secrets.flatMap(([name]) => (isAddress(opened[name]) ? [name] : [])),
  };
}

/** One-time links are absolute, or paths of our own. */
const isAddress = (value: unknown): boolean => typeof value === 'string' && /^(https?:\/)?\/\S+$/.test(value);

const page = (body: string): string =>
  `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"></head><body style="font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 40rem">\n${body}</body></html>\n`;

/** The same for every attempt under one key: whoever keeps messages apart by it sees one (RFC 5322, 3.6.4). */
export function messageIdOf(key: string, from: string): string {
  return `<${markOf(key)}@${addressOf(from).split('@')[1]}>`;
}

/** The bare address of `Name <address>`. @throws TenantryError `config.invalid` */
export function addressOf(from: string): string {
  const address = /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim();
  if (z.email().safeParse(address).success) return address;
  throw new TenantryError('config.invalid', `"${from}" is no sender address.`, {
    next: 'Correct from of the smtp connection.',
  });
}

/** A role of the runbook with a contact, or an address. @throws TenantryError `runbook.invalid` */
export function recipientOf(ctx: ActionContext, to: string): string {
  const address = to.includes('@') ? to : ctx.contacts[to];
  if (address === undefined) {
    throw invalid(
      `The role ${to} has no contact, so there is nobody to write to.`,
      'Give the role a contact in the runbook, or write an address.',
    );
  }
  if (z.email().safeParse(address).success) return address;
  throw invalid(`"${address}" is no e-mail address.`, 'Correct the contact in the intake.');
}

/** The bytes that go out (RFC 5322). */
export function writeMessage(letter: Letter, date: Date): Promise<Buffer> {
  return new MailComposer({
    from: letter.from,
    to: [...letter.to],
    subject: letter.subject,
    text: letter.text,
    html: letter.html,
    messageId: letter.messageId,
    date,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}
