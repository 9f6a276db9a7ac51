import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bug } from '@tenantry/contract';
import { asText, escapeMarkdownAt, markdownToHtml, placeholderRenderer } from '../connectors/kit/index.ts';

/** Files of `templates/`: Markdown below front matter that holds the subject. */
export const TEMPLATES = [
  'verify-email',
  'welcome',
  'reset-password',
  'invitation',
  'password-changed',
  'escalation',
  'findings',
  'recovery-codes-renewed',
  'confirm-email',
  'email-change-asked',
  'email-changed',
  'operator-invitation',
  'operator-recovery-codes',
  'operator-email-changed',
  'tenant-suspended',
  'tenant-reinstated',
  'tenant-plan-changed',
  'trial-ending',
  'inactivity-warning',
  'offboarding-notice',
  'offboarding-reminder',
  'offboarding-cancelled',
  'tenant-offboarded',
  'payment-overdue',
  'usage-limit',
  'plan-request-declined',
  'operator-note',
  'export-ready',
  'asked',
  'notice',
  'portal-link',
  'portal-link-pt',
  'portal-asked',
  'portal-asked-pt',
  'portal-answer',
  'portal-answer-pt',
  'portal-signed',
  'portal-signed-pt',
  'portal-voided',
  'portal-voided-pt',
  'portal-question',
  'review-due',
] as const;
export type Template = (typeof TEMPLATES)[number];

export type TextMap = Readonly<Record<string, string>>;
/** Texts by name, and lists: a paragraph with `${{ NAME[].MEMBER }}` stands once for each item of NAME. */
export type LetterValues = Readonly<Record<string, string | readonly TextMap[]>>;

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const FORM = /^---\nsubject: (.+)\n---\n([\s\S]+)$/;

/** Values are text: neither can one start another header, nor a link or a heading that is not ours. */
export function composeLetter(template: Template, values: LetterValues): Letter {
  const [, subject, written] = FORM.exec(readTemplate(template)) ?? [];
  if (subject === undefined || written === undefined) throw bug(`The mail template ${template} has no subject.`);
  const body = repeatParagraphs(written, values);
  const render = placeholderRenderer(values);
  return {
    subject: render(subject, asText).replaceAll(/\s+/g, ' ').trim(),
    text: `${render(body, asText).trim()}\n`,
    html: pageOf(
      template.endsWith('-pt') ? 'pt' : 'en',
      markdownToHtml(render(body, (value, before) => linked(asText(value)) ?? escapeMarkdownAt(asText(value), before))),
      typeof values.brand_color === 'string' ? values.brand_color : undefined,
    ),
  };
}

const LIST = /\$\{\{ (\w+)\[\]\./;

const repeatParagraphs = (body: string, values: LetterValues): string =>
  body
    .split('\n\n')
    .flatMap((paragraph) => {
      const [, name = ''] = LIST.exec(paragraph) ?? [];
      const items = values[name];
      if (name === '') return [paragraph];
      if (!Array.isArray(items)) throw bug(`A mail template repeats ${name}, which is no list.`);
      return items.map((_item, index) => paragraph.replaceAll(`\${{ ${name}[].`, `\${{ ${name}.${index}.`));
    })
    .join('\n\n');

/** The addresses of our own pages are links; anything else that looks like one is shown as text. */
const linked = (value: string): string | undefined => (/^https?:\/\/[^\s<>]+$/.test(value) ? `<${value}>` : undefined);

/** In `src` as in `dist`. */
const readTemplate = (template: Template): string =>
  readFileSync(new URL(`./templates/${template}.md`, import.meta.url), 'utf8').replaceAll('\r\n', '\n');

/** A line in the colour of the tenant: no text stands on it, so any colour will do. */
const lineOf = (color: string | undefined): string =>
  color !== undefined && /^#[0-9a-f]{6}$/.test(color) ? `; border-top: 6px solid ${color}; padding-top: 1rem` : '';

const pageOf = (language: string, body: string, color: string | undefined): string =>
  `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8"></head><body style="font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 40rem${lineOf(color)}">\n${body}</body></html>\n`;

/** The same for every attempt: whoever keeps messages apart by it sees one (RFC 5322, 3.6.4). */
export const messageIdOf = (mailId: string, from: string): string =>
  `<${createHash('sha256').update(mailId).digest('hex').slice(0, 32)}@${from.replace(/^.*@|>.*$/g, '')}>`;
