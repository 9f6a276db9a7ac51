/** The people to call, on both sides (REG-26, ROLE-05, ROLE-06). */
import { z } from 'zod';
import type { Profile, VendorContactRole } from '../../products/index.ts';

export const CLIENT_CONTACT_ROLES = ['executive_sponsor', 'technical_lead', 'it_admin', 'primary_user'] as const;
export type ClientContactRole = (typeof CLIENT_CONTACT_ROLES)[number];

const VENDOR_ROLES: Readonly<Record<VendorContactRole, true>> = {
  engineering_lead: true,
  customer_success: true,
  support_lead: true,
  security_lead: true,
};
const VENDOR_ROLE_NAMES = Object.keys(VENDOR_ROLES) as VendorContactRole[];

export type ContactParty = 'client' | 'vendor';
export type ContactRole = ClientContactRole | VendorContactRole;

const person = {
  name: z.string().trim().min(1).max(255),
  email: z.email().max(320),
  phone: z.string().trim().min(1).max(50).optional(),
};

export const contactSchema = z.discriminatedUnion('party', [
  z.strictObject({ party: z.literal('client'), role: z.enum(CLIENT_CONTACT_ROLES), ...person }),
  z.strictObject({ party: z.literal('vendor'), role: z.enum(VENDOR_ROLE_NAMES), ...person }),
]);

export type ContactInput = z.infer<typeof contactSchema>;

export interface Contact {
  readonly party: ContactParty;
  readonly role: ContactRole;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
}

export interface ContactsState {
  /** All four of our functions have a name and an address: the tenant's own, else the product's. */
  readonly ours: boolean;
  /** All four of the client's functions have a name, an address and a telephone number. */
  readonly theirs: boolean;
  /** `client.it_admin`, or `client.it_admin.phone` where only that is lacking. */
  readonly missing: readonly string[];
}

/** Whether go-live has the contacts it needs. */
export function contactsState(contacts: readonly Contact[], shared: Profile['contacts']): ContactsState {
  const oursMissing = VENDOR_ROLE_NAMES.filter(
    (role) => shared[role] === undefined && !contacts.some((one) => one.party === 'vendor' && one.role === role),
  ).map((role) => `vendor.${role}`);
  const theirsMissing = CLIENT_CONTACT_ROLES.flatMap((role) => {
    const contact = contacts.find((one) => one.party === 'client' && one.role === role);
    if (contact === undefined) return [`client.${role}`];
    return contact.phone === null ? [`client.${role}.phone`] : [];
  });
  return {
    ours: oursMissing.length === 0,
    theirs: theirsMissing.length === 0,
    missing: [...oursMissing, ...theirsMissing],
  };
}
