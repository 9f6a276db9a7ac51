/**
 * Answers of routes whose schemas are not in the contract. Objects are loose: a newer control plane may say more, and
 * `-o json` hands it on.
 */
import { pageSchema } from '@tenantry/contract';
import { z } from 'zod';

const time = z.iso.datetime();

/** `GET /api/v1/me` */
export const meSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  party: z.enum(['vendor', 'client']),
  roles: z.array(z.string()),
  scopes: z.array(z.string()),
  development: z.boolean(),
});

/** `GET /api/v1/tenants`, `GET /api/v1/tenants/:tenant` (id or slug) */
export const tenantSchema = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.string(),
  plan: z.string(),
  product_id: z.string(),
  created_at: time,
});
export const tenantPageSchema = pageSchema(tenantSchema);

/** `GET /api/v1/keys`, `POST /api/v1/keys/:key/revoke` */
export const keySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  last_used_at: time.nullable(),
});
export const keyListSchema = z.object({ items: z.array(keySchema) });

/** `POST /api/v1/keys`: the key itself is in this answer and nowhere else. */
export const createdKeySchema = z.looseObject({ id: z.string(), key: z.string() });

/** `GET /api/v1/audit` */
export const auditRowSchema = z.looseObject({
  id: z.string(),
  at: time,
  action: z.string(),
  actor: z.looseObject({ kind: z.string(), id: z.string(), name: z.string().optional() }),
  subject: z.looseObject({ kind: z.string(), id: z.string(), name: z.string().optional() }),
  reason: z.string().nullable(),
});
export const auditPageSchema = pageSchema(auditRowSchema);

/** `POST /api/v1/audit/verify` */
export const auditVerdictSchema = z.looseObject({
  ok: z.boolean(),
  rows: z.int(),
  sealed_to: z.int(),
  pending: z.int(),
  erased: z.int(),
  problems: z.array(z.looseObject({ kind: z.string(), position: z.int().nullable(), message: z.string() })),
  problems_total: z.int(),
});

/** `GET /api/v1/runbooks` */
export const runbookSummarySchema = z.looseObject({
  id: z.string(),
  version: z.string(),
  title: z.string(),
  hash: z.string(),
  published_at: time,
  approvals: z.array(z.looseObject({ role: z.string(), name: z.string(), at: z.string(), development: z.boolean() })),
  missing: z.array(z.string()),
});
export const runbookListSchema = z.object({ items: z.array(runbookSummarySchema) });

export type Me = z.infer<typeof meSchema>;
export type TenantView = z.infer<typeof tenantSchema>;
export type KeyView = z.infer<typeof keySchema>;
export type AuditRowView = z.infer<typeof auditRowSchema>;
export type AuditVerdictView = z.infer<typeof auditVerdictSchema>;
export type RunbookSummaryView = z.infer<typeof runbookSummarySchema>;
