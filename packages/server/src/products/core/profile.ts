/**
 * A product profile, `runbooks/<product>/product.yaml`: everything Tenantry knows about the vendor's application
 * that is not a tenant's. Unknown keys are refused, so that a misspelt one cannot go unnoticed.
 */

import { TenantryError, tenantPermissionSchema } from '@tenantry/contract';
import { z } from 'zod';
import { billingRulesSchema } from './billing-rules.ts';
import { databaseSchema } from './databases.ts';
import { planTableSchema } from './plan-table.ts';

/** ROLE-05: the people on our side, by function. */
export const VENDOR_CONTACT_ROLES = ['engineering_lead', 'customer_success', 'support_lead', 'security_lead'] as const;
export type VendorContactRole = (typeof VENDOR_CONTACT_ROLES)[number];

const text = z.string().trim().min(1).max(255);
const contact = z.strictObject({ name: text, email: z.email(), phone: text.optional() });

export const profileSchema = z.strictObject({
  product: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, 'lower-case letters, digits and hyphens, a letter first'),
  name: text,
  urls: z.strictObject({ app: z.url(), health: z.url(), docs: z.url().optional(), status: z.url().optional() }),
  /** How documents of the product look. */
  brand: z.strictObject({ color: z.string().regex(/^#[0-9a-f]{6}$/i, 'expects a colour such as #1a6b4f') }).optional(),
  support: z.strictObject({ email: z.email(), phone: text.optional(), hours: text.optional() }),
  /** The role a tenant's first administrator gets is the first that maps to `owner_admin`. */
  roles: z
    .array(
      z.strictObject({
        key: z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/),
        title: text,
        permission: tenantPermissionSchema,
      }),
    )
    .min(1)
    .refine((roles) => roles.some((role) => role.permission === 'owner_admin'), 'one role must be owner_admin')
    .refine((roles) => new Set(roles.map((role) => role.key)).size === roles.length, 'role keys must differ'),
  plans: planTableSchema,
  /** Support tiers by name; the first is the one a tenant gets when nobody says (CH-05, CH-35). */
  support_tiers: z
    .array(z.strictObject({ key: z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/), title: text, response: text }))
    .min(1),
  /** Endings a slug may not have, because the product derives names from slug and ending (CH-17). */
  reserved_slug_suffixes: z.array(z.string().regex(/^-[a-z0-9-]+$/)).default([]),
  contacts: z.partialRecord(z.enum(VENDOR_CONTACT_ROLES), contact).default({}),
  /** Together they are the product's backup set (CH-30). */
  databases: z
    .array(databaseSchema)
    .default([])
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names of databases must differ'),
  /** What the billing system's events come to here; that of the decision CH-75 unless given. */
  billing: billingRulesSchema.optional(),
  /** What an administrator of a tenant changes alone: with `apply`, a larger plan holds as soon as it is asked for. */
  self_service: z.strictObject({ upgrade: z.enum(['approve', 'apply']) }).optional(),
  /** Free values runbooks read as `product.NAME`. */
  settings: z.record(z.string(), z.json()).default({}),
});

export type Profile = z.infer<typeof profileSchema>;

/**
 * Reads a product profile out of parsed YAML or JSON.
 *
 * @throws request.invalid with one fault for each field that does not fit.
 */
export function parseProfile(value: unknown): Profile {
  const parsed = profileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TenantryError('request.invalid', 'The product profile does not fit its schema.', {
    faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    next: 'Correct the fields named and load the profile again.',
  });
}
