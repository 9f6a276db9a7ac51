import { z } from 'zod';
import { markdownTokens, type Secret } from '../../kit/index.ts';
import { drawPdf } from './draw-pdf.ts';
import { blocksOf } from './pdf-blocks.ts';

export const colorSchema = z.string().regex(/^#[0-9a-f]{6}$/i, 'expects a colour such as #1a6b4f');

/** What every page of a product's documents shows. */
export interface DocumentBrand {
  readonly name: string;
  /** `#rrggbb`. Text never stands in it, so that every colour leaves it legible. */
  readonly color?: string;
}

export interface PdfRequest {
  readonly markdown: string;
  /** Where the document has neither a title nor a heading. */
  readonly fallbackTitle: string;
  readonly title?: string;
  readonly language: string;
  readonly brand: DocumentBrand;
  readonly at: Date;
  readonly password?: Secret;
  readonly signal: AbortSignal;
}

const DEFAULT_COLOR = '#3b4754';

/**
 * The same request gives the same bytes, but for a protected document: encryption needs chance.
 *
 * @throws TenantryError `runbook.invalid` for text that no font shows and for a document that is too large
 */
export function writePdf(request: PdfRequest): Promise<Buffer> {
  const tokens = markdownTokens(request.markdown);
  const heading = tokens.findIndex(({ type }) => type === 'heading_open');
  const firstHeading = tokens[heading + 1]?.children?.map(({ content }) => content).join('');
  return drawPdf(
    {
      content: blocksOf(tokens),
      title: request.title ?? (heading < 0 ? undefined : firstHeading) ?? request.fallbackTitle,
      product: request.brand.name,
      color: request.brand.color ?? DEFAULT_COLOR,
      language: request.language,
      at: request.at.toISOString(),
      ...(request.password === undefined ? {} : { password: request.password.reveal() }),
    },
    request.signal,
  );
}
