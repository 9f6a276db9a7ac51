/** People and their keys on the wire: `/api/v1/whoami`, `/api/v1/people`, `/api/v1/keys`. */
import { z } from 'zod';
import { grantSchema } from './operators-api.ts';
import { pageQuerySchema } from './paging.ts';

const time = z.iso.datetime();

/** What a key may be used for. */
export const scopeSchema = z.enum([
  'runs:read',
  'runs:write',
  'runbooks:read',
  'runbooks:write',
  'tenants:read',
  'tenants:write',
  'vault:reveal',
  'audit:read',
  'keys:write',
  'operators:read',
  'operators:write',
  'support:read',
  'support:request',
  'support:grant',
  'metrics:write',
  'guard:read',
  'backups:read',
  'backups:write',
  'backups:restore',
]);

export const personViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  party: z.enum(['vendor', 'client']),
  roles: z.array(z.string()).describe('Runbook roles: who the person is in a runbook'),
  client_id: z.string().nullable().describe('Set for people of a client: they see nothing of any other'),
  development: z.boolean().describe('A seeded stand-in, whose approvals count in development only'),
  created_at: time,
  disabled_at: time.nullable(),
});

/** Whom the key of this request stands for, and what it may be used for. */
export const whoamiSchema = personViewSchema.omit({ created_at: true, disabled_at: true }).extend({
  schema: z.literal('tenantry.person/1'),
  key_id: z.string().nullable(),
  scopes: z.array(scopeSchema).describe('What it may be used for somewhere'),
  grants: z.array(grantSchema).describe('Platform roles, and where each holds; empty for people of a client'),
});

export const keyQuerySchema = pageQuerySchema.extend({
  person: z.string().max(100).optional().describe('Id of a person; leave out for your own keys'),
});

export const keyViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('The key starts `tnt_<prefix>_`'),
  scopes: z.array(z.string()),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  last_used_at: time.nullable().describe('Up to a minute late'),
});

export const newKeyRequestSchema = z.strictObject({
  person: z.string().max(100).optional().describe('Id of its holder; leave out for yourself'),
  name: z.string().trim().min(1).max(200).describe('What it is for'),
  scopes: z.array(scopeSchema).min(1),
  expires_at: z.iso.datetime({ offset: true }).optional().describe('Leave out for a key that does not expire'),
});

export const createdKeySchema = z.object({
  id: z.string(),
  person_id: z.string(),
  key: z
    .string()
    .optional()
    .describe('The whole key, in this answer only: a repeated request with the same Idempotency-Key lacks it'),
});

export type PersonView = z.infer<typeof personViewSchema>;
export type WhoamiView = z.infer<typeof whoamiSchema>;
export type KeyView = z.infer<typeof keyViewSchema>;
export type CreatedKeyView = z.infer<typeof createdKeySchema>;
