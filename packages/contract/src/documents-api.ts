/** Documents of a tenant on the wire: what has been written for it, and how far each document is (DOC-06). */
import { z } from 'zod';

export const documentStatusSchema = z.enum(['ready', 'partial', 'not_ready']);

export const documentViewSchema = z.object({
  title: z.string(),
  status: documentStatusSchema.describe('`not_ready` also while the step that writes it has not come'),
  audience: z.enum(['customer', 'internal']).nullable().describe('Internal documents are shown to the vendor only'),
  owner: z.string().nullable().describe('Who keeps it up to date'),
  location: z.string().nullable().describe('Where it is kept'),
  notes: z.string().nullable(),
  run: z.string(),
  step: z.string(),
  file: z
    .object({
      name: z.string(),
      media_type: z.string(),
      size: z.int(),
      sha256: z.string(),
      url: z.string(),
      written_at: z.iso.datetime(),
    })
    .nullable(),
});

export const tenantDocumentsSchema = z.object({
  items: z.array(documentViewSchema),
  ready: z.int().describe('How many of the items are ready'),
  complete: z.boolean().describe('Whether there are documents and all of them are ready'),
});

export type DocumentView = z.infer<typeof documentViewSchema>;
export type TenantDocumentsView = z.infer<typeof tenantDocumentsSchema>;
