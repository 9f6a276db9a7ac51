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
  review: z
    .looseObject({
      every: z.string(),
      next_on: z.string(),
      is_due: z.boolean(),
      last: z
        .looseObject({ name: z.string(), role: z.string(), at: z.string(), note: z.string().nullable() })
        .nullable(),
    })
    .nullable()
    .default(null),
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

export interface ReviewRequest {
  readonly runbook: string;
  readonly version: string;
  readonly body: { readonly role?: string; readonly note?: string; readonly next_on?: string };
}

export const reviewRunbook = (client: Client, { runbook, version, body }: ReviewRequest): Promise<PublishedRunbook> =>
  client.post(
    `/api/v1/runbooks/${encodeURIComponent(runbook)}/versions/${encodeURIComponent(version)}/review`,
    body,
    publishedRunbookSchema,
  );
