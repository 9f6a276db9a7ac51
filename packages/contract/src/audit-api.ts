/** The audit log on the wire, `/api/v1/audit`. */
import { z } from 'zod';
import { pageQuerySchema } from './paging.ts';

const time = z.iso.datetime();

export const auditQuerySchema = pageQuerySchema.extend({
  tenant: z.string().max(100).optional().describe('Id of a tenant'),
  run: z.string().max(100).optional().describe('Id of a run'),
  action: z.string().max(100).optional().describe('The action or its beginning: `tenant.` or `tenant.created`'),
  actor: z
    .string()
    .max(100)
    .optional()
    .describe('Id of a person, a user or a run, or the name of a part of the machinery'),
  from: z.iso.datetime({ offset: true }).optional().describe('Inclusive'),
  to: z.iso.datetime({ offset: true }).optional().describe('Exclusive'),
});

/** What may name a person is null once an erasure took it. */
export const auditRowSchema = z.object({
  id: z.string(),
  at: time,
  action: z.string().describe('`entity.verb` in the past tense'),
  actor: z.object({
    kind: z.enum(['person', 'user', 'run', 'system']),
    id: z.string(),
    name: z.string().nullable(),
    email: z.string().nullable().describe('Of a person or a user'),
    development: z.boolean().describe('A seeded stand-in, whose approvals count in development only'),
  }),
  tenant_id: z.string().nullable(),
  run_id: z.string().nullable(),
  subject: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  reason: z.string().nullable(),
  detail: z.unknown(),
  erased: z.boolean().describe('Whether an erasure took the names and the detail; the chain still holds'),
});

/** A checkpoint as it is exported: a signed document, so its members keep the names they were signed under. */
export const checkpointSchema = z.strictObject({
  version: z.literal(1),
  position: z.int().positive(),
  chainHash: z.string().regex(/^[0-9a-f]{64}$/, 'expects 64 hexadecimal digits'),
  at: z.iso.datetime(),
  keyId: z.string().regex(/^[0-9a-f]{16}$/, 'expects 16 hexadecimal digits'),
  publicKey: z.base64().max(1_000).describe('Ed25519, SPKI DER'),
  signature: z.base64().max(1_000),
});

export const auditVerdictSchema = z.object({
  schema: z.literal('tenantry.audit_verdict/1'),
  ok: z.boolean(),
  rows: z.int().describe('Links of the chain that were read'),
  sealed_to: z.int().describe('Position of the last link'),
  pending: z.int().describe('Rows so new that they are not in the chain yet'),
  erased: z.int().describe('Rows whose payload was erased, with a record of it'),
  problems: z
    .array(
      z.object({
        kind: z.enum(['altered', 'removed', 'reordered', 'truncated', 'unsealed', 'bad_signature']),
        position: z.int().nullable(),
        row_id: z.string().nullable(),
        message: z.string(),
      }),
    )
    .describe('The first hundred'),
  problems_total: z.int(),
  key_id: z.string().describe('The key checkpoints had to be signed with'),
  checkpoint_position: z.int().nullable().describe('Of the checkpoint that was sent along'),
});

export type AuditRowView = z.infer<typeof auditRowSchema>;
export type CheckpointView = z.infer<typeof checkpointSchema>;
export type AuditVerdictView = z.infer<typeof auditVerdictSchema>;
