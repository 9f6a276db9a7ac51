/** What people look at beside the state of a run: its timeline, its gates and graph, its attempts; and what waits for them. */
import { z } from 'zod';
import { RUN_STATUSES, STEP_STATUSES } from './run-status.ts';

const time = z.iso.datetime();
const json: z.ZodType<unknown> = z.unknown();

const spanSchema = z.object({ from: time, to: time });

/** One line of a gate. */
const gateLineSchema = z.object({
  label: z.string(),
  expression: z.string(),
  holds: z.boolean().nullable().describe('As the facts are now; null where it cannot be told yet'),
  overridden: z.boolean(),
});

export const runOutlookSchema = z.object({
  schema: z.literal('tenantry.run_outlook/1'),
  revision: z.int(),
  now: time,
  zone: z.string().describe('Of the calendar of the run'),
  go_live: z.string().nullable().describe('The day that was agreed'),
  forecast_go_live: time.nullable(),
  late_ms: z.int().describe('How much later than agreed go-live is to be expected; 0 while it is in time'),
  phases: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      needs: z.array(z.string()),
      planned: spanSchema.nullable().describe('From the earliest start to the latest end; null for a skipped phase'),
      actual: z.object({ from: time, to: time.nullable() }).nullable(),
      forecast: spanSchema.nullable(),
      standing: z.enum(['ahead', 'on_time', 'late']).nullable(),
      late_ms: z.int(),
      entry: z.array(gateLineSchema),
      exit: z.array(gateLineSchema),
    }),
  ),
  steps: z.array(
    z.object({
      id: z.string(),
      needs: z.array(z.string()),
      if: z.string().nullable(),
      expect: z.string().nullable(),
      may_override: z.boolean().describe('Whether the reader may let it pass'),
      undo: z.enum(['default', 'none', 'keep', 'body']),
      written: json.describe('The step as its author wrote it; null for people of a client'),
    }),
  ),
  may: z.object({ override: z.boolean(), cancel: z.boolean(), rollback: z.boolean() }),
});

export const attemptSchema = z.object({
  step: z.string(),
  round: z.int(),
  try: z.int(),
  verb: z.string(),
  name: z.string(),
  environment: z.string(),
  status: z.enum(['open', 'passed', 'failed', 'uncertain']),
  input: json.describe('Secrets stand as references; null for people of a client'),
  failure: json.nullable(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
});

const inRun = {
  run: z.string(),
  run_title: z.string(),
  run_status: z.enum(RUN_STATUSES),
  tenant_slug: z.string().nullable(),
};

export const attentionSchema = z.object({
  schema: z.literal('tenantry.attention/1'),
  asks: z
    .array(
      z.object({
        ...inRun,
        step: z.string(),
        title: z.string(),
        kind: z.enum(['task', 'approve', 'sign_off', 'undo_task', 'choose', 'manual', 'confirm']),
        roles: z.array(z.string()),
        mine: z.boolean().describe('Whether the reader acts in one of these roles'),
        asked_at: time.nullable(),
        escalated: z.int(),
      }),
    )
    .describe('What waits for people, the reader first, then the longest waiting'),
  halts: z.array(
    z.object({
      ...inRun,
      step: z.string(),
      title: z.string(),
      status: z.enum(STEP_STATUSES),
      message: z.string().nullable(),
    }),
  ),
  gates: z
    .array(
      z.object({
        ...inRun,
        phase: z.string(),
        title: z.string(),
        blocked_by: z.array(z.string()),
        due_at: time,
        late_ms: z.int(),
      }),
    )
    .describe('Phases that are late, or due within three days, and still held'),
  contracts: z.array(z.object({ client_id: z.string(), name: z.string(), ends_on: z.string() })),
  runs_read: z.int(),
  more: z.boolean().describe('There are more live runs than were read'),
});

export type RunOutlookView = z.infer<typeof runOutlookSchema>;
export type AttemptView = z.infer<typeof attemptSchema>;
export type AttentionView = z.infer<typeof attentionSchema>;
