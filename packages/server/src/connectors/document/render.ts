/**
 * Turns a template into a document. Values reach it through a renderer, which passes each one through the
 * escape that the format needs: nothing a client typed becomes markup.
 */
import { TenantryError } from '@tenantry/contract';
import {
  asText,
  type EscapeValue,
  escapeMarkdownAt,
  markdownToHtml,
  partTemplate,
  type Secret,
  sha256,
  type TemplateRenderer,
} from '../kit/index.ts';
import { type DocumentAbout, readAbout } from './about.ts';
import { htmlPage } from './page.ts';
import { type DocumentBrand, writePdf } from './pdf/write-pdf.ts';

export const DOCUMENT_FORMATS = ['md', 'html', 'pdf', 'json', 'yaml'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

export interface DocumentRequest {
  /** Text of the template: Markdown for `md`, `html` and `pdf`, JSON or YAML for those. */
  readonly template: string;
  readonly format: DocumentFormat;
  /** File name; the ending of the format is added where it is missing. */
  readonly name: string;
  readonly render: TemplateRenderer;
  /** BCP 47. Default: what the head of the template says, else `en`. */
  readonly language?: string;
  /** At the head of each page of a PDF. */
  readonly brand: DocumentBrand;
  /** The clock of the run: the creation date of a PDF. */
  readonly at: Date;
  /** A PDF opens with it alone; no other format can be protected. */
  readonly password?: Secret;
  readonly signal: AbortSignal;
}

export interface Document {
  readonly name: string;
  readonly media_type: string;
  readonly bytes: Buffer;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly about: DocumentAbout;
}

const MEDIA_TYPES: Readonly<Record<DocumentFormat, string>> = {
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  json: 'application/json',
  yaml: 'application/yaml',
};

/** @throws TenantryError `runbook.invalid` for what cannot be written so, and what the renderer throws */
export async function renderDocument(request: DocumentRequest): Promise<Document> {
  const { format } = request;
  if (request.password !== undefined && format !== 'pdf') {
    throw new TenantryError('runbook.invalid', `A document of format ${format} cannot be protected by a password.`, {
      next: 'Write it as pdf, or leave the password out.',
    });
  }
  const { bytes, about } =
    format === 'json' || format === 'yaml'
      ? { bytes: Buffer.from(dataOf(request, format), 'utf8'), about: {} }
      : await proseOf(request, format);
  return { name: named(request.name, format), media_type: MEDIA_TYPES[format], bytes, sha256: sha256(bytes), about };
}

const markdownValue: EscapeValue = (value, before) => escapeMarkdownAt(asText(value), before);
/** A JSON value is also a YAML flow value, so text can neither end its scalar nor start a key. */
const jsonValue = (value: unknown): string => JSON.stringify(value ?? null);

type Prose = Exclude<DocumentFormat, 'json' | 'yaml'>;

async function proseOf(
  request: DocumentRequest,
  format: Prose,
): Promise<{ readonly bytes: Buffer; readonly about: DocumentAbout }> {
  const { head, body } = partTemplate(request.template);
  const about = readAbout(head, request.render);
  const markdown = request.render(body, markdownValue);
  return { bytes: await proseBytes(request, format, markdown, about), about };
}

async function proseBytes(
  request: DocumentRequest,
  format: Prose,
  markdown: string,
  about: DocumentAbout,
): Promise<Buffer> {
  const language = request.language ?? about.language ?? 'en';
  switch (format) {
    case 'md':
      return Buffer.from(markdown, 'utf8');
    case 'html':
      return Buffer.from(
        htmlPage({ body: markdownToHtml(markdown), fallbackTitle: about.title ?? request.name, language }),
        'utf8',
      );
    case 'pdf': {
      const { brand, at, password, signal } = request;
      return writePdf({
        markdown,
        fallbackTitle: request.name,
        ...(about.title === undefined ? {} : { title: about.title }),
        language,
        brand,
        at,
        ...(password === undefined ? {} : { password }),
        signal,
      });
    }
  }
}

function dataOf({ template, render, name }: DocumentRequest, format: 'json' | 'yaml'): string {
  if (format === 'yaml') return render(template, jsonValue);
  return `${JSON.stringify(filledIn(parsedJson(template, name), render), null, 2)}\n`;
}

const LONE_PLACEHOLDER = /^\s*\$\{\{[^}]*\}\}\s*$/;

/** Fills in every text of a JSON template; a text that is one placeholder alone keeps the type of its value. */
function filledIn(value: unknown, render: TemplateRenderer): unknown {
  if (typeof value === 'string') {
    return LONE_PLACEHOLDER.test(value) ? JSON.parse(render(value, jsonValue)) : render(value, asText);
  }
  if (Array.isArray(value)) return value.map((item) => filledIn(item, render));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [render(key, asText), filledIn(member, render)]),
  );
}

function parsedJson(template: string, name: string): unknown {
  try {
    return JSON.parse(template);
  } catch (error) {
    throw new TenantryError(
      'runbook.invalid',
      `The template of ${name} is no JSON: ${error instanceof Error ? error.message : ''}.`,
      {
        next: 'Put every ${{ }} of a JSON template in quotes; one that stands alone keeps its type.',
      },
    );
  }
}

function named(name: string, format: DocumentFormat): string {
  const endings = format === 'yaml' ? ['.yaml', '.yml'] : [`.${format}`];
  return endings.some((ending) => name.toLowerCase().endsWith(ending)) ? name : `${name}.${format}`;
}
