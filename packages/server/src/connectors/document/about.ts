/**
 * What a template says of its document at its head: whom it is for, who keeps it, and how far it is (DOC-06, DOC-07 to
 * DOC-10). The values may hold `${{ }}`; a value cannot add a line.
 */
import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { asText, type TemplateRenderer } from '../kit/index.ts';

const line = z.string().min(1).max(500);

/** BCP 47, as far as documents use it. */
export const languageSchema = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'expects a language such as en or pt-PT');

const aboutSchema = z.strictObject({
  title: line.optional(),
  language: languageSchema.optional(),
  audience: z.enum(['customer', 'internal']).optional(),
  /** Who keeps it up to date, e.g. `Engineering`. */
  owner: line.optional(),
  /** Where it is kept, e.g. `Internal wiki`. */
  location: line.optional(),
  status: z.enum(['ready', 'partial', 'not_ready']).optional(),
  notes: line.optional(),
});

export type DocumentAbout = z.infer<typeof aboutSchema>;

/** @throws TenantryError `runbook.invalid` with every fault, and what the renderer throws */
export function readAbout(head: string | undefined, render: TemplateRenderer): DocumentAbout {
  const lines = (head ?? '').split(/\r?\n/).filter((text) => text.trim() !== '');
  const given = lines.map((text): readonly [string, string] => {
    const colon = text.indexOf(':');
    return colon < 0 ? [text.trim(), ''] : [text.slice(0, colon).trim(), rendered(text.slice(colon + 1), render)];
  });
  const parsed = aboutSchema.safeParse(Object.fromEntries(given.filter(([, value]) => value !== '')));
  if (parsed.success) return parsed.data;
  throw new TenantryError('runbook.invalid', 'The head of the template has faults.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: `Known are: ${Object.keys(aboutSchema.shape).join(', ')}, one a line.`,
  });
}

const rendered = (text: string, render: TemplateRenderer): string =>
  render(text.trim(), (value) => asText(value).replaceAll(/\s+/g, ' '));
