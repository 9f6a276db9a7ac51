/** What is open at a tenant, on the wire: findings of the watch, issues and action items of check-ins. */
import { z } from 'zod';

export const issueKindSchema = z.enum(['finding', 'issue', 'action']);
export type IssueKind = z.infer<typeof issueKindSchema>;

/** HYP-12. A finding names its figure and the bound it passed; the others have neither. */
export const issueSchema = z.object({
  number: z.int().describe('Counted for each tenant, from 1'),
  kind: issueKindSchema,
  title: z.string(),
  metric: z.string().nullable(),
  figure: z.number().nullable(),
  threshold: z.number().nullable(),
  baseline: z.number().nullable().describe('Mean of the days before, where a spike was measured against it'),
  status: z.enum(['open', 'resolved']),
  resolution: z.string().nullable(),
  opened_by: z.string(),
  opened_at: z.iso.datetime(),
  resolved_by: z.string().nullable(),
  resolved_at: z.iso.datetime().nullable(),
});
export type IssueView = z.infer<typeof issueSchema>;

export const issueListSchema = z.object({ items: z.array(issueSchema) });
export const issueQuerySchema = z.object({ status: z.enum(['open', 'resolved', 'all']).default('open') });

export const openIssueSchema = z.strictObject({
  kind: z.enum(['issue', 'action']).default('issue'),
  title: z.string().trim().min(3).max(500),
});
export const resolveIssueSchema = z.strictObject({
  resolution: z.string().trim().min(3).max(2_000).describe('What ended it, in words for whoever reads it next'),
});
