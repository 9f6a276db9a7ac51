/**
 * The client portal on the wire. `/portal/api/...` is spoken by the client's browser, under the session of a portal link;
 * `/api/v1/runs/:run/portal-links` and `/questions` by operators. Times are ISO 8601 in UTC; ids carry their prefix.
 */
import { z } from 'zod';
import { offboardingCauseSchema, suspensionCauseSchema, tenantUsageSchema } from './lifecycle-api.ts';
import { tenantPlanSchema, tenantStatusSchema } from './tenant-api.ts';

const time = z.iso.datetime();
const record = z.record(z.string(), z.unknown());

// What operators do

export const newPortalLinkSchema = z.strictObject({
  role: z.string().max(100).describe('A role of the client in the runbook of the run, such as `client_technical`'),
  email: z.email().max(254).optional().describe('Whose link it is; the contact the run has for the role unless given'),
  name: z.string().trim().min(1).max(200).optional().describe('Of somebody Tenantry does not know yet'),
  days: z.int().min(1).max(90).default(14).describe('How long it opens the portal'),
  send: z.boolean().default(true).describe('Mail it to them; otherwise only the answer holds it'),
});

export const portalLinkSchema = z.object({
  id: z.string(),
  tenant_id: z.string(),
  run: z.string(),
  person: z.object({ id: z.string(), name: z.string(), email: z.string() }),
  roles: z.array(z.string()),
  status: z.enum(['waiting', 'open', 'expired', 'revoked']).describe('`open`: somebody got in by it'),
  made_by: z.string(),
  created_at: time,
  expires_at: time,
  opened_at: time.nullable(),
  revoked_at: time.nullable(),
  revoked_reason: z.string().nullable(),
  sessions: z.int().describe('Browsers that are in by it now'),
});

export const createdPortalLinkSchema = portalLinkSchema.extend({
  url: z.string().nullable().describe('Shown once, and only when it was not mailed'),
  mailed_to: z.string().nullable(),
});

export const revokePortalLinkSchema = z.strictObject({ reason: z.string().trim().min(3).max(1_000) });

export const messageSchema = z.object({
  id: z.string(),
  party: z.enum(['client', 'vendor']),
  author: z.string(),
  text: z.string(),
  at: time,
});

/** A question of the client with everything said about it, oldest first. */
export const questionSchema = z.object({
  id: z.string(),
  run: z.string(),
  step: z.string().nullable(),
  about: z.string().nullable().describe('Title of the step it is about'),
  asked_by: z.string(),
  asked_at: time,
  closed_at: time.nullable(),
  waits_for: z.enum(['client', 'vendor', 'nobody']),
  messages: z.array(messageSchema),
});

export const questionListSchema = z.object({ items: z.array(questionSchema) });

const messageText = z.string().trim().min(1).max(10_000);
export const answerQuestionSchema = z.strictObject({
  text: messageText,
  close: z.boolean().default(false).describe('Nothing more is expected'),
});

// What the client's browser does

const token = z.string().max(200).describe('What stands after # in the address of the link');
export const openPortalSchema = z.strictObject({ token });
export const askForPortalLinkSchema = z.strictObject({
  token: token.optional(),
  email: z.string().trim().max(254).optional(),
});

/** Says nothing about who is known here. */
export const askedForPortalLinkSchema = z.object({ answer: z.literal('If we know you, a new link is on its way.') });

export const portalSessionSchema = z.object({ expires_at: time });

export const portalPhaseSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['done', 'now', 'next', 'skipped']),
  planned_from: time.nullable(),
  planned_to: time.nullable().describe('The latest end that is planned'),
  late: z.boolean(),
  done_at: time.nullable(),
});

export const portalWaitSchema = z.object({
  whom: z.enum(['you', 'client', 'vendor']).describe('`client`: somebody else at the client'),
  who: z.string().describe('Who is meant, in words'),
  what: z.string().describe('A task of the client, or the phase the vendor works on'),
  since: time.nullable(),
});

export const portalRunSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['waits_for_you', 'waits_for_vendor', 'moving', 'paused', 'done', 'ended']),
  go_live: z.string().nullable(),
  done: z.int().describe('Phases that are done'),
  of: z.int(),
  phases: z.array(portalPhaseSchema),
  waits: z.array(portalWaitSchema),
});

export const portalTaskSummarySchema = z.object({
  run: z.string(),
  step: z.string(),
  title: z.string(),
  kind: z.enum(['task', 'approve', 'sign_off', 'choose']),
  phase: z.string(),
  asked_at: time.nullable(),
  draft_saved_at: time.nullable(),
});

export const portalSignatureSchema = z.object({
  id: z.string(),
  run: z.string(),
  step: z.string(),
  title: z.string(),
  name: z.string(),
  role: z.string(),
  statement: z.string(),
  hash: z.string(),
  signed_at: time,
  voided_at: time.nullable().describe('When it was noticed that what was signed has changed'),
});

/** Colours of what is pressed, `#rrggbb`: 4.5 to 1 with the ground and with the text on them (WCAG 2.2, 1.4.3). */
const brandSchemeSchema = z.object({ press: z.string(), on_press: z.string() });

export const portalOverviewSchema = z.object({
  schema: z.literal('tenantry.portal/1'),
  language: z.enum(['en', 'pt']),
  time_zone: z.string(),
  me: z.object({ name: z.string(), email: z.string(), roles: z.array(z.string()) }),
  brand: z.object({
    name: z.string().describe('Of the client'),
    product: z.string(),
    schemes: z
      .object({ light: brandSchemeSchema, dark: brandSchemeSchema })
      .nullable()
      .describe('The colour of the tenant, else of the product, as it can be read'),
    support: z.string().nullable().describe('E-mail address of the vendor'),
  }),
  session: portalSessionSchema,
  runs: z.array(portalRunSchema),
  tasks: z.array(portalTaskSummarySchema),
  signatures: z.array(portalSignatureSchema),
  unanswered: z.int().describe('Questions the client waits for an answer to'),
  answered: z.int().describe('Questions with an answer of the vendor at their end'),
});

// The tenant's life

export const wishSchema = z.enum(['export', 'stay', 'plan']);
export type Wish = z.infer<typeof wishSchema>;

export const askWishSchema = z.strictObject({
  id: z.uuid().describe('Made by the browser: sent twice, it is one wish'),
  wish: wishSchema.describe('`stay`: that the offboarding is called off'),
  note: z.string().trim().max(2_000).optional(),
});

/** What the client has asked for; a person of the vendor decides. */
export const tenantWishSchema = z.object({
  wish: wishSchema,
  asked_at: time,
  asked_by: z.string(),
  due_at: time.nullable().describe('Of an export: by then it is owed'),
  question: z.string().describe('Where it is talked about'),
  run: z.string(),
  answered: z.boolean(),
});
export const tenantWishesSchema = z.object({ items: z.array(tenantWishSchema) });

/** Where the tenant stands, for its client: no reason of an operator, and no word of anybody else's. */
export const portalLifeSchema = z.object({
  status: tenantStatusSchema,
  access_mode: z.enum(['read-only', 'blocked']).nullable(),
  closed: z.boolean().describe('An emergency keeps everybody out'),
  suspended_for: z.array(suspensionCauseSchema),
  trial_ends_at: time.nullable(),
  plan: tenantPlanSchema,
  plan_change: z.object({ plan: tenantPlanSchema, due_at: time }).nullable(),
  features: z.record(z.string(), z.boolean()),
  meters: tenantUsageSchema.shape.meters,
  offboarding: z
    .object({
      cause: offboardingCauseSchema,
      state: z.enum(['grace', 'offboarded', 'deleting']),
      ends_at: time,
      delete_after: time.nullable(),
      delete_data: z.boolean(),
      held: z.boolean(),
    })
    .nullable(),
  wishes: z.array(tenantWishSchema).describe('Those that wait, or were answered lately'),
  may_wish: z.array(wishSchema),
});
export const foundPortalLifeSchema = z.object({
  life: portalLifeSchema.nullable().describe('null: there is no tenant yet'),
});

export const portalDraftContentSchema = z.strictObject({
  values: record.default({}),
  ticks: z.array(z.string().max(200)).max(500).default([]),
  note: z.string().max(10_000).default(''),
});

export const portalDraftSchema = z.object({
  revision: z.int().describe('0: nothing is saved yet'),
  saved_at: time.nullable(),
  content: portalDraftContentSchema,
});

export const savePortalDraftSchema = z.strictObject({
  revision: z.int().min(0).describe('The one that was read; refused when another was saved since'),
  content: portalDraftContentSchema,
});

export const portalFileSchema = z.object({
  id: z.string(),
  field: z.string(),
  name: z.string(),
  media_type: z.string(),
  size: z.int(),
  sha256: z.string(),
});

/** One part of what is to be signed. */
export const portalSignedPartSchema = z.object({
  title: z.string(),
  kind: z.enum(['document', 'record']),
  sha256: z.string().nullable(),
  url: z.string().nullable().describe('Where to read it, for a document the client may see'),
  content: record.nullable().describe('Of a record, without its secrets'),
});

export const portalTaskSchema = portalTaskSummarySchema.extend({
  text: z.string(),
  instructions: z.string().nullable(),
  checklist: z.array(
    z.object({ id: z.string(), item: z.string(), by_system: z.boolean(), ok: z.boolean().nullable() }),
  ),
  form: z.record(z.string(), record).describe('JSON Schema of each field'),
  form_required: z.array(z.string()),
  shows: record,
  evidence: z.enum(['note', 'file', 'link']).nullable(),
  options: z.array(z.object({ id: z.string(), title: z.string(), recommended: z.boolean() })),
  statement: z.string().nullable(),
  hash: z.string().nullable(),
  parts: z.array(portalSignedPartSchema),
  signed_by: z.array(z.object({ name: z.string(), role: z.string(), at: time, counts: z.boolean() })),
  draft: portalDraftSchema,
  files: z.array(portalFileSchema),
  failure: z.string().nullable().describe('Why it is asked again'),
});

export const completePortalTaskSchema = z.strictObject({
  values: record.default({}),
  ticks: z.array(z.string()).default([]),
  note: z.string().max(10_000).optional(),
});

export const signPortalTaskSchema = z.strictObject({
  decision: z.enum(['yes', 'no']),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of what was shown'),
  name: z.string().trim().min(2).max(200).describe('As one would sign'),
  note: z.string().max(10_000).optional(),
});

export const choosePortalTaskSchema = z.strictObject({ option: z.string().max(100) });

export const portalDoneSchema = z.object({ done: z.literal(true), signature: portalSignatureSchema.nullable() });

export const portalDocumentSchema = z.object({
  run: z.string(),
  title: z.string(),
  name: z.string(),
  media_type: z.string(),
  size: z.int(),
  sha256: z.string(),
  written_at: time,
  url: z.string(),
});
export const portalDocumentsSchema = z.object({ items: z.array(portalDocumentSchema) });

export const portalSecretSchema = z.object({ id: z.string(), label: z.string(), expires_at: time });
export const portalSecretsSchema = z.object({ items: z.array(portalSecretSchema) });

export const askQuestionSchema = z.strictObject({
  id: z.uuid().describe('Made by the browser: sent twice, it is one question'),
  text: messageText,
  run: z.string().optional(),
  step: z.string().max(200).optional(),
});
export const replyQuestionSchema = z.strictObject({ id: z.uuid(), text: messageText });

export type PortalLinkView = z.infer<typeof portalLinkSchema>;
export type CreatedPortalLinkView = z.infer<typeof createdPortalLinkSchema>;
export type QuestionView = z.infer<typeof questionSchema>;
export type PortalOverviewView = z.infer<typeof portalOverviewSchema>;
export type PortalLifeView = z.infer<typeof portalLifeSchema>;
export type TenantWishView = z.infer<typeof tenantWishSchema>;
export type PortalRunView = z.infer<typeof portalRunSchema>;
export type PortalPhaseView = z.infer<typeof portalPhaseSchema>;
export type PortalWaitView = z.infer<typeof portalWaitSchema>;
export type PortalTaskSummaryView = z.infer<typeof portalTaskSummarySchema>;
export type PortalTaskView = z.infer<typeof portalTaskSchema>;
export type PortalSignatureView = z.infer<typeof portalSignatureSchema>;
export type PortalSignedPartView = z.infer<typeof portalSignedPartSchema>;
export type PortalDraftView = z.infer<typeof portalDraftSchema>;
export type PortalDraftContent = z.infer<typeof portalDraftContentSchema>;
export type PortalFileView = z.infer<typeof portalFileSchema>;
export type PortalDoneView = z.infer<typeof portalDoneSchema>;
export type PortalDocumentView = z.infer<typeof portalDocumentSchema>;
export type PortalSecretView = z.infer<typeof portalSecretSchema>;
