/** Runs on the wire, `/api/v1/runs`. Times are ISO 8601 in UTC; ids carry their prefix. */
import { z } from 'zod';
import { RUN_STATUSES, STEP_STATUSES } from './run-status.ts';

const time = z.iso.datetime();
const json: z.ZodType<unknown> = z.unknown();
const record = z.record(z.string(), json);

export const runStatusSchema = z.enum(RUN_STATUSES);
export const stepStatusSchema = z.enum(STEP_STATUSES);

/** What a client file holds: the runbook to run, for which product, and its intake. */
export const startRunSchema = z.strictObject({
  source: z.string().max(1_000_000).describe('The client file, YAML or JSON, as it was written; faults name its lines'),
  file: z.string().max(500).default('intake').describe('Its name, for messages'),
  runbook: z.string().optional().describe('Overrides or supplies the runbook the file names'),
  product: z.string().optional().describe('Overrides or supplies the product the file names'),
  tenant: z.string().max(200).optional().describe('Id or slug, for a runbook about a tenant that is there'),
  unattended: z.boolean().optional().describe('Take the recommended option wherever the runbook offers a choice'),
});

export const runSummarySchema = z.object({
  id: z.string(),
  title: z.string(),
  runbook: z.string(),
  version: z.string(),
  status: runStatusSchema,
  tenant_id: z.string().nullable(),
  tenant_slug: z.string().nullable(),
  started_by: z.string(),
  created_at: time,
  updated_at: time,
});

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  next: z.string().optional(),
});

const actSchema = z.object({
  name: z.string(),
  role: z.string(),
  decision: z.enum(['done', 'yes', 'no']),
  at: time,
  hash: z.string().optional(),
  note: z.string().optional(),
});

/** Who ticked an item of a checklist, and what they left with it. */
export const tickSchema = z.object({
  name: z.string(),
  role: z.string(),
  at: time,
  note: z.string().optional(),
  link: z.string().optional(),
  hash: z.string().optional(),
  url: z.string().optional(),
});

/** What somebody consulted said before it was decided. */
export const commentSchema = z.object({
  name: z.string(),
  role: z.string(),
  at: time,
  text: z.string(),
  round: z.int(),
});

export const stepViewSchema = z.object({
  id: z.string(),
  phase: z.string(),
  title: z.string(),
  kind: z.enum(['uses', 'check', 'task', 'approve', 'sign_off', 'wait', 'document', 'choose', 'run']),
  /** Action, probe or template. */
  name: z.string().nullable(),
  status: stepStatusSchema,
  waiting_for: z.string().nullable(),
  round: z.int(),
  tries: z.int(),
  owners: z.array(z.string()).describe('Roles that may act'),
  started_at: time.nullable(),
  done_at: time.nullable(),
  output: record.nullable(),
  failure: failureSchema.nullable(),
  skip_reason: z.string().nullable(),
  override: z.object({ by: z.string(), reason: z.string(), at: time }).nullable(),
  acts: z.array(actSchema),
  starts_at: time.nullable().describe('It, or its next occurrence, starts then'),
  choice: z.string().nullable().describe('The option that was picked'),
  occurrences: z
    .array(z.object({ at: time, status: z.enum(['due', 'passed', 'failed', 'skipped']), done_at: time.nullable() }))
    .describe('Of a repeated step'),
  manual: z.boolean().describe('A person does what the action would do'),
  child: z.string().nullable().describe('The run it stands for'),
  escalated: z.int().describe('How many rungs of the escalation ladder were climbed'),
  resources: z.int().describe('Ledger rows that stand'),
  comments: z.array(commentSchema),
  ticks: z.array(tickSchema.extend({ item: z.string(), text: z.string() })).describe('Items that people ticked'),
});

export const phaseViewSchema = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(['pending', 'waiting', 'open', 'passed', 'skipped']),
  round: z.int(),
  starts_at: time.nullable(),
  blocked_by: z.array(z.string()),
  opened_at: time.nullable(),
  done_at: time.nullable(),
  comments: z.array(commentSchema),
});

/** Something that waits for a person. */
export const askSchema = z.object({
  step: z.string(),
  title: z.string(),
  kind: z.enum(['task', 'approve', 'sign_off', 'undo_task', 'choose', 'manual', 'confirm']),
  roles: z.array(z.string()),
  /** How many of them must act: one for most tasks, all for a sign-off. */
  need: z.int(),
  text: z.string(),
  instructions: z.string().nullable(),
  help: z.string().nullable(),
  checklist: z.array(
    z.object({
      id: z.string(),
      item: z.string(),
      by_system: z.boolean(),
      roles: z.array(z.string()).describe('Who ticks it'),
      evidence: z.enum(['note', 'file', 'link']).nullable().describe('What a tick asks for'),
      ticked: tickSchema.nullable(),
      found: z.object({ ok: z.boolean(), at: time, reason: z.string().nullable() }).nullable(),
    }),
  ),
  options: z.array(z.object({ id: z.string(), title: z.string(), recommended: z.boolean() })),
  confirm: z.string().nullable().describe('The text to type before what cannot be taken back'),
  asked_at: time.nullable(),
  due_at: time.nullable().describe('When others are told, or the step fails, if nobody has answered'),
  failure: failureSchema.nullable().describe('Why it is asked again'),
  form: z.record(z.string(), record).describe('JSON Schema of each field'),
  form_required: z.array(z.string()),
  shows: z.record(z.string(), json),
  evidence: z.enum(['note', 'file', 'link']).nullable(),
  statement: z.string().nullable(),
  hash: z.string().nullable().describe('What a yes is bound to; send it with the decision'),
  comments: z.array(commentSchema).describe('Of this round, on the step and on its phase: read them before you answer'),
});

export const runViewSchema = runSummarySchema.extend({
  schema: z.literal('tenantry.run/1'),
  revision: z.int(),
  go_live: z.string().nullable(),
  parent: z.object({ run: z.string(), step: z.string() }).nullable(),
  subject_run: z.string().nullable().describe('The run it is about'),
  ending: z.object({ to: z.string(), undo: z.boolean(), by: z.string(), reason: z.string() }).nullable(),
  phases: z.array(phaseViewSchema),
  steps: z.array(stepViewSchema),
  artifacts: z.record(z.string(), z.object({ hash: z.string(), url: z.string() })),
  /** What waits for people now. */
  asks: z.array(askSchema),
  /** What stopped the run, when it is halted or its rollback is blocked. */
  halts: z.array(z.object({ step: z.string(), status: stepStatusSchema, failure: failureSchema.nullable() })),
});

const file = z.strictObject({ name: z.string().max(255), media_type: z.string().max(255), content_base64: z.base64() });
const itemEvidence = z.strictObject({
  note: z.string().max(10_000).optional(),
  link: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional(),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('SHA-256 of a file that is kept elsewhere'),
});
export const tickItemSchema = itemEvidence.extend({
  role: z.string().optional(),
  item: z.string().max(100),
  done: z.boolean().default(true).describe('false: take the tick back'),
  file: file.optional().describe('Kept with the run, as evidence of the item'),
});

export const completeTaskSchema = z.strictObject({
  role: z.string().optional(),
  output: record.default({}).describe('The values of the form'),
  ticks: z.array(z.string()).default([]).describe('Ids of checklist items that are done'),
  items: z.record(z.string(), itemEvidence).default({}).describe('What ticked items are proven by, by id'),
  note: z.string().max(10_000).optional(),
  file: file.optional(),
});

export const decisionSchema = z.strictObject({
  role: z.string().optional(),
  decision: z.enum(['yes', 'no']),
  hash: z.string().optional().describe('The hash shown; refused when the content has changed since'),
  note: z.string().max(10_000).optional(),
});

const reason = z.string().trim().min(3).max(10_000);
export const overrideSchema = z.strictObject({ role: z.string().optional(), reason });
export const overrideGateSchema = z.strictObject({
  role: z.string().optional(),
  reason,
  phase: z.string(),
  label: z.string(),
});
export const resolutionSchema = z.strictObject({
  role: z.string().optional(),
  outcome: z.enum(['happened', 'did_not_happen']),
  output: record.default({}),
  reason,
});
export const chooseSchema = z.strictObject({ role: z.string().optional(), option: z.string().max(100) });
export const commentOnSchema = z
  .strictObject({
    role: z.string().optional(),
    step: z.string().max(100).optional().describe('What it is about: either a step'),
    phase: z.string().max(100).optional().describe('or a phase'),
    text: z.string().trim().min(1).max(10_000),
  })
  .refine(({ step, phase }) => (step === undefined) !== (phase === undefined), {
    message: 'a comment is on a step or on a phase: name one of them',
    path: ['step'],
  });
export const takeOverSchema = z.strictObject({ role: z.string().optional() });
export const confirmSchema = z.strictObject({ role: z.string().optional(), text: z.string().max(1_000) });
export const reopenSchema = z.strictObject({
  role: z.string().optional(),
  reason,
  phase: z.string(),
  undo: z.boolean().default(false).describe('Take back first what the phases concerned have made'),
});
export const moveGoLiveSchema = z.strictObject({
  role: z.string().optional(),
  reason,
  go_live: z.union([z.iso.date(), time]).describe('A day in the zone of the run, or an instant'),
});
export const migrateRunSchema = z.strictObject({
  role: z.string().optional(),
  reason,
  to: z.string().max(100).describe('The version to go on under'),
  reopen: z.string().max(100).optional().describe('A phase of it that begins anew, with all that depends on it'),
});
export const endRunSchema = z.strictObject({ role: z.string().optional(), reason });
export const rollBackSchema = endRunSchema.extend({
  intake: record.optional().describe('What the rollback runbook asks for, where the runbook names one'),
  plain: z.boolean().default(false).describe('Take everything back at once, without the rollback runbook'),
});
export const eventSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/),
  data: record.default({}),
  key: z.string().max(200).optional().describe('The same happening told twice under one key is one event'),
});
export const eventReceiptSchema = z.object({ position: z.int().nullable().describe('null: it was told before') });
export const cancelRunSchema = endRunSchema.extend({
  undo: z.boolean().describe('true: take back what was made; false: keep it'),
});
export const mendIntakeSchema = z.strictObject({ intake: record });

const changeSchema = z.object({
  verb: z.enum(['create', 'change', 'delete', 'send', 'adopt', 'none']),
  kind: z.string(),
  name: z.string(),
  before: json.optional(),
  after: json.optional(),
});

export const planSchema = z.object({
  schema: z.literal('tenantry.plan/1'),
  runbook: z.object({ id: z.string(), version: z.string(), hash: z.string(), title: z.string() }),
  tenant: z.object({ slug: z.string() }).nullable(),
  phases: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      steps: z.array(
        z.object({
          step: z.string(),
          title: z.string(),
          kind: z.string(),
          decision: z.enum(['runs', 'skipped', 'depends']),
          reason: z.string().nullable(),
          asks: z.array(z.string()),
          name: z.string().nullable(),
          changes: z.array(changeSchema),
          undo: z.enum(['reversible', 'compensates', 'irreversible', 'none']).nullable(),
          point_of_no_return: z.boolean(),
          problem: z.string().nullable(),
        }),
      ),
    }),
  ),
});

export const evidenceSchema = z.object({
  id: z.string(),
  step: z.string(),
  round: z.int(),
  try: z.int(),
  kind: z.string(),
  ok: z.boolean().nullable(),
  expected: json,
  actual: json,
  actor: json,
  at: time,
});

export const resourceSchema = z.object({
  id: z.string(),
  step: z.string(),
  action: z.string(),
  kind: z.string(),
  external_id: z.string(),
  name: z.string(),
  claim: z.enum(['created', 'changed', 'adopted']),
  status: z.enum(['standing', 'undone', 'left']),
  made_at: time,
  undone_at: time.nullable(),
});

export const runEventSchema = z.object({
  revision: z.int(),
  at: time,
  type: z.string(),
  step: z.string().nullable(),
  steps: z.array(z.object({ step: z.string(), status: stepStatusSchema })),
  run_status: runStatusSchema,
});

export type RunSummaryView = z.infer<typeof runSummarySchema>;
export type RunView = z.infer<typeof runViewSchema>;
export type StepView = z.infer<typeof stepViewSchema>;
export type AskView = z.infer<typeof askSchema>;
export type PlanView = z.infer<typeof planSchema>;
export type CommentView = z.infer<typeof commentSchema>;
export type EvidenceView = z.infer<typeof evidenceSchema>;
export type ResourceView = z.infer<typeof resourceSchema>;
export type RunEventView = z.infer<typeof runEventSchema>;
