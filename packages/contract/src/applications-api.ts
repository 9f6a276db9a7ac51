/** Applications of the vendor that log their users in here: their side of the OpenID Provider, for operators. */
import { z } from 'zod';

const time = z.iso.datetime();
const addressSchema = z.string().max(2_000);
const addressesSchema = z.array(addressSchema).max(20);
const signingAlgSchema = z.enum(['RS256', 'ES256', 'EdDSA']);

export const applicationViewSchema = z.object({
  id: z.string().describe('Its client_id'),
  product: z.string(),
  name: z.string(),
  public: z.boolean().describe('Has no secret, and proves itself by PKCE alone'),
  issuer: z.string().describe('Where it finds the OpenID Provider'),
  redirect_uris: z.array(z.string()),
  post_logout_redirect_uris: z.array(z.string()),
  backchannel_logout_uri: z.string().nullable(),
  trusted_ca: z.string().nullable(),
  login_uri: z.string().nullable(),
  resource: z.string().nullable(),
  signing_alg: signingAlgSchema,
  tenant_label: z.string(),
  first_party: z.boolean(),
  created_at: time,
  updated_at: time,
  disabled_at: time.nullable(),
});

const changeable = {
  name: z.string().max(255),
  redirect_uris: addressesSchema.describe('Where users come back to after a log-in; compared as text'),
  post_logout_redirect_uris: addressesSchema.optional().describe('Where users may be sent after a log-out'),
  backchannel_logout_uri: addressSchema.nullish().describe('Where it is told that a session has ended'),
  trusted_ca: z.string().max(20_000).nullish().describe('PEM; believed when it is told of a log-out'),
  login_uri: addressSchema.nullish().describe('Where it begins a log-in; mails lead there'),
  resource: addressSchema
    .nullish()
    .describe('Audience of its access tokens, which are then JWTs; else they are opaque'),
  signing_alg: signingAlgSchema.optional().describe('Of its tokens; RS256 when left out'),
  tenant_label: z.string().max(50).optional().describe('What it calls a tenant, in the log-in form'),
  first_party: z.boolean().optional().describe("The vendor's own: users are not asked for consent"),
};

export const newApplicationSchema = z.strictObject({
  id: z.string().max(63).describe('Its client_id: lower-case letters, digits, - and _'),
  product: z.string().max(50).describe('Its users are those of the tenants of this product'),
  public: z.boolean().default(false).describe('For an application that cannot keep a secret'),
  ...changeable,
});

/** What is left out stays as it is. */
export const applicationChangeSchema = z.strictObject({
  ...changeable,
  name: changeable.name.optional(),
  redirect_uris: changeable.redirect_uris.optional(),
});

const clientSecretSchema = z.string().optional().describe('In this answer only; a public application has none');

export const registeredApplicationSchema = applicationViewSchema.extend({ client_secret: clientSecretSchema });

export const rotatedSecretSchema = applicationViewSchema.extend({
  client_secret: clientSecretSchema,
  old_secret_until: time.describe('Until then the secret before is good as well'),
});

export type ApplicationView = z.infer<typeof applicationViewSchema>;
export type RegisteredApplicationView = z.infer<typeof registeredApplicationSchema>;
