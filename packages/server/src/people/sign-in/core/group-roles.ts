import type { PlatformRole } from '../../../access/index.ts';

/** Members of a group of the vendor's provider hold a platform role, everywhere or for one product. */
export interface GroupRole {
  readonly group: string;
  readonly role: PlatformRole;
  readonly productId?: string | undefined;
}

export interface MappedGrant {
  readonly role: PlatformRole;
  readonly productId: string | null;
}

/** The roles these groups give, each once. What is no list of texts gives none: the roles of that source end. */
export function rolesOfGroups(claim: unknown, mapping: readonly GroupRole[]): readonly MappedGrant[] {
  const groups = new Set(Array.isArray(claim) ? claim.filter((group) => typeof group === 'string') : []);
  const given = mapping.filter(({ group }) => groups.has(group));
  const places = new Map(
    given.map(({ role, productId = null }) => [`${role} ${productId}`, { role, productId }] as const),
  );
  return [...places.values()];
}

export interface EmailRules {
  /** Domains whose addresses the provider may vouch for, in lower case. */
  readonly allowedDomains: readonly string[];
  /** The `hd` claim every sign-in must carry (Google Workspace). */
  readonly hostedDomain?: string | undefined;
}

/**
 * The verified address the provider vouches for, or undefined. Compared byte for byte after lower-casing ASCII: a
 * look-alike letter or an international form is another address.
 */
export function vouchedEmail(
  claims: { readonly email?: unknown; readonly email_verified?: unknown; readonly hd?: unknown },
  { allowedDomains, hostedDomain }: EmailRules,
): string | undefined {
  if (typeof claims.email !== 'string' || claims.email_verified !== true) return undefined;
  if (hostedDomain !== undefined && claims.hd !== hostedDomain) return undefined;
  if (hostedDomain === undefined && allowedDomains.length === 0) return undefined;
  const email = claims.email;
  if (!/^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/.test(email) || email.length > 254) return undefined;
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return allowedDomains.length === 0 || allowedDomains.includes(domain) ? email : undefined;
}
