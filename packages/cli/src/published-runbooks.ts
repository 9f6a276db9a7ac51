import { z } from 'zod';
import type { Client } from './client.ts';

/** An item of `GET /api/v1/runbooks`. */
const publishedRunbookSchema = z.looseObject({
  id: z.string(),
  version: z.string(),
  title: z.string(),
  hash: z.string(),
  published_at: z.iso.datetime(),
  approvals: z.array(z.looseObject({ role: z.string(), name: z.string(), at: z.string(), development: z.boolean() })),
  /** Roles whose approval is still needed. */
  missing: z.array(z.string()),
});
const listSchema = z.object({ items: z.array(publishedRunbookSchema) });

export type PublishedRunbook = z.infer<typeof publishedRunbookSchema>;

export const listPublishedRunbooks = async (client: Client): Promise<readonly PublishedRunbook[]> =>
  (await client.get('/api/v1/runbooks', listSchema)).items;
