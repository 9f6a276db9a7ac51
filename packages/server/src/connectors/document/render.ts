/**
 * Turns a template into a document. Values reach it through a renderer, which passes each one through the
 * escape that the format needs: nothing a client typed becomes markup.
 */
import { TenantryError } from '@tenantry/contract';
import { asText, escapeMarkdown, markdownToHtml, sha256, type TemplateRenderer } from '../kit/index.ts';
import { htmlPage } from './page.ts';

export const DOCUMENT_FORMATS = ['md', 'html', 'json', 'yaml'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

export interface DocumentRequest {
  /** Text of the template: Markdown for `md` and `html`, JSON or YAML for those. */
  readonly template: string;
  readonly format: DocumentFormat;
  /** File name; the ending of the format is added where it is missing. */
  readonly name: string;
  readonly render: TemplateRenderer;
  /** BCP 47, for the page. Default: `en`. */
  readonly language?: string;
}

export interface Document {
  readonly name: string;
  readonly media_type: string;
  readonly bytes: Buffer;
  /** Lower-case hex. */
  readonly sha256: string;
}

const MEDIA_TYPES: Readonly<Record<DocumentFormat, string>> = {
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  yaml: 'application/yaml',
};

/** @throws TenantryError `runbook.invalid` for a JSON template that is no JSON, and what the renderer throws */
export function renderDocument(request: DocumentRequest): Document {
  const bytes = Buffer.from(textOf(request), 'utf8');
  return {
    name: named(request.name, request.format),
    media_type: MEDIA_TYPES[request.format],
    bytes,
    sha256: sha256(bytes),
  };
}

const markdownValue = (value: unknown): string => escapeMarkdown(asText(value));
/** A JSON value is also a YAML flow value, so text can neither end its scalar nor start a key. */
const jsonValue = (value: unknown): string => JSON.stringify(value ?? null);

function textOf({ template, format, render, language, name }: DocumentRequest): string {
  switch (format) {
    case 'md':
      return render(template, markdownValue);
    case 'html':
      return htmlPage({
        body: markdownToHtml(render(template, markdownValue)),
        fallbackTitle: name,
        language: language ?? 'en',
      });
    case 'json':
      return `${JSON.stringify(filledIn(parsedJson(template, name), render), null, 2)}\n`;
    case 'yaml':
      return render(template, jsonValue);
  }
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
