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

const publicationSchema = z.looseObject({ id: z.string(), version: z.string(), hash: z.string(), is_new: z.boolean() });

export interface PublishInput {
  readonly file: string;
  readonly source: string;
  readonly files: Readonly<Record<string, string>>;
}

/** @throws runbook.invalid with every fault; runbook.version_exists */
export const publishRunbook = (client: Client, input: PublishInput): Promise<z.infer<typeof publicationSchema>> =>
  client.post('/api/v1/runbooks', input, publicationSchema);

export interface ApproveInput {
  readonly runbook: string;
  readonly version: string;
  readonly role: string;
}

export const approveRunbook = (client: Client, { runbook, version, role }: ApproveInput): Promise<PublishedRunbook> =>
  client.post(
    `/api/v1/runbooks/${encodeURIComponent(runbook)}/versions/${encodeURIComponent(version)}/approve`,
    { role },
    publishedRunbookSchema,
  );
