/** A client: the legal entity a contract is with. Its instances of products are tenants. */
import { z } from 'zod';

const text = z.string().trim().min(1).max(255);

const clientContactSchema = z.strictObject({
  /** In the client's own words, e.g. `technical`. */
  role: text,
  name: text.optional(),
  email: z.email().max(320),
  phone: text.optional(),
});

const contractSchema = z.strictObject({
  starts_on: z.iso.date().optional(),
  ends_on: z.iso.date().optional(),
  term: text.optional(),
  sla_tier: text.optional(),
  signed_on: z.iso.date().optional(),
  reference: text.optional(),
});

export const clientSchema = z.strictObject({
  /** A name that never changes, such as the slug or the number in the CRM: what an upsert goes by. */
  reference: z.string().trim().min(1).max(100),
  legal_name: text,
  contacts: z.array(clientContactSchema).default([]),
  language: z.string().max(35).refine(isLanguage, 'must be a language tag such as en or de-AT (BCP 47)').default('en'),
  time_zone: z.string().max(64).refine(isTimeZone, 'must be a time zone such as Europe/Berlin').default('UTC'),
  contract: contractSchema.default({}),
});

export type ClientInput = z.input<typeof clientSchema>;
export type ClientContact = z.infer<typeof clientContactSchema>;
export type Contract = z.infer<typeof contractSchema>;

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
