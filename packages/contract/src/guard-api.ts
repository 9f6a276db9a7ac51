/**
 * What `@tenantry/guard` follows: `GET /api/v1/products/:product/guard/stream`, server-sent events.
 *
 * `begin`, then in mode `snapshot` some `page`s and `ready`, then `changes` and `beat`s for as long as both sides like.
 * Positions count in the order of commits. `elapsed_ms` is how long the stream was open when the control plane looked
 * into its database: added to the instant the reader asked, by the reader's own clock, it is an instant by which
 * everything up to the position had been told. No two clocks are compared, and an answer that was held up on its way
 * cannot pass for a fresh one.
 */
import { z } from 'zod';

export const GUARD_SCHEMA = 'tenantry.guard/1';
export const GUARD_BEAT_MIN_MS = 250;

const position = z.int().nonnegative();
const elapsedMs = z.number().nonnegative();

/** What a guard knows of a tenant. A limit that is not named is not set: nothing is allowed under it. */
export const guardTenantSchema = z.object({
  id: z.uuid(),
  position,
  plan: z.string(),
  status: z.enum(['onboarding', 'trial', 'active', 'suspended', 'offboarded']),
  access_mode: z.enum(['read-only', 'blocked']).nullable().describe('Set while suspended'),
  closed: z.boolean().describe('Shut out by an emergency, whatever the status'),
  limits: z.record(z.string(), z.union([z.int().nonnegative(), z.literal('unlimited')])),
  features: z.record(z.string(), z.boolean()),
});

export const guardGoneSchema = z.object({ id: z.uuid(), position, removed: z.literal(true) });
const row = z.union([guardGoneSchema, guardTenantSchema]);

export const guardBeginSchema = z.object({
  schema: z.literal(GUARD_SCHEMA),
  product: z.string(),
  epoch: z.uuid().describe('Positions of different epochs have nothing to do with each other'),
  mode: z.enum(['snapshot', 'resume']),
  position,
  beat_ms: z.int().positive(),
});

export const guardPageSchema = z.object({ tenants: z.array(guardTenantSchema) });

export const guardChangesSchema = z.object({
  from: position.describe('These are all changes after `from`, up to and with `to`'),
  to: position,
  elapsed_ms: elapsedMs,
  tenants: z.array(row),
});

export const guardBeatSchema = z.object({ position, elapsed_ms: elapsedMs });

export const guardReadySchema = guardBeatSchema.extend({
  tenants: z.int().nonnegative().describe('How many the pages told of: fewer, and one was lost on the way'),
});

export const guardStreamQuerySchema = z.object({
  beat_ms: z.coerce
    .number()
    .int()
    .min(GUARD_BEAT_MIN_MS)
    .max(15_000)
    .default(5_000)
    .describe('A sign of life at least this often'),
  follow: z
    .enum(['true', 'false'])
    .default('true')
    .describe('`false`: a snapshot, or what changed since Last-Event-ID, and then the end'),
});

export type GuardTenantView = z.infer<typeof guardTenantSchema>;
export type GuardGoneView = z.infer<typeof guardGoneSchema>;
export type GuardBeginView = z.infer<typeof guardBeginSchema>;
export type GuardPageView = z.infer<typeof guardPageSchema>;
export type GuardChangesView = z.infer<typeof guardChangesSchema>;
export type GuardReadyView = z.infer<typeof guardReadySchema>;
export type GuardBeatView = z.infer<typeof guardBeatSchema>;
