import {
  type completeTaskSchema,
  type decisionSchema,
  type EvidenceView,
  evidenceSchema,
  type PlanView,
  pageSchema,
  planSchema,
  type ResourceView,
  type RunView,
  resourceSchema,
  runSummarySchema,
  runViewSchema,
  type startRunSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import type { CallOptions, Client, Download } from './client.ts';

const runPageSchema = pageSchema(runSummarySchema);
const evidenceListSchema = z.object({ items: z.array(evidenceSchema) });
const resourceListSchema = z.object({ items: z.array(resourceSchema) });

/** Planning asks outside systems, and an archive of a long run takes its time. */
const SLOW_MS = 120_000;

export interface RunQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly status?: string | undefined;
  readonly tenant?: string | undefined;
}

export type RunPage = z.infer<typeof runPageSchema>;
export type StartRunInput = z.input<typeof startRunSchema>;

export const listRuns = (client: Client, query: RunQuery): Promise<RunPage> =>
  client.get('/api/v1/runs', runPageSchema, { query: { ...query } });

export const loadRun = (client: Client, runId: string, options?: CallOptions): Promise<RunView> =>
  client.get(`/api/v1/runs/${runId}`, runViewSchema, options);

export const startRun = (client: Client, input: StartRunInput): Promise<RunView> =>
  client.post('/api/v1/runs', input, runViewSchema);

export const planRun = (client: Client, input: StartRunInput): Promise<PlanView> =>
  client.post('/api/v1/plans', input, planSchema, { timeoutMs: SLOW_MS });

export const listEvidence = async (
  client: Client,
  runId: string,
  options?: CallOptions,
): Promise<readonly EvidenceView[]> =>
  (await client.get(`/api/v1/runs/${runId}/evidence`, evidenceListSchema, options)).items;

export const listResources = async (
  client: Client,
  runId: string,
  options?: CallOptions,
): Promise<readonly ResourceView[]> =>
  (await client.get(`/api/v1/runs/${runId}/resources`, resourceListSchema, options)).items;

export const downloadEvidencePack = (client: Client, runId: string): Promise<Download> =>
  client.download(`/api/v1/runs/${runId}/evidence-pack`, { timeoutMs: SLOW_MS });

/** A person's act on a step. */
export const actOnStep = (
  client: Client,
  runId: string,
  step: string,
  verb: StepVerb,
  body: StepBody,
): Promise<RunView> =>
  client.post(`/api/v1/runs/${runId}/steps/${encodeURIComponent(step)}/${verb}`, body, runViewSchema);

/** A person's act on the run as a whole. */
export const actOnRun = (client: Client, runId: string, verb: RunVerb, body: object): Promise<RunView> =>
  client.post(`/api/v1/runs/${runId}/${verb}`, body, runViewSchema);

export type StepVerb =
  | 'tick'
  | 'complete'
  | 'decide'
  | 'choose'
  | 'take-over'
  | 'confirm'
  | 'retry'
  | 'override'
  | 'resolve';
export type RunVerb =
  | 'comment'
  | 'override-gate'
  | 'mend-intake'
  | 'migrate'
  | 'reopen'
  | 'go-live'
  | 'rollback'
  | 'cancel';
export type StepBody = z.input<typeof completeTaskSchema> | z.input<typeof decisionSchema> | object;
