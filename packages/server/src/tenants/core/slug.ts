/**
 * A slug names a tenant in host names, namespaces, database roles and group names, so the narrowest of those
 * alphabets holds. 50 characters leave room for `tenant-…`, `…_db_user` and the like within 63.
 */
import { isUuid, TenantryError } from '@tenantry/contract';

export const SLUG_MIN = 2;
export const SLUG_MAX = 50;

/** CH-17: group names are slug plus one of these; a slug that ends in one could be taken for another's group. */
export const RESERVED_SUFFIXES = ['-admins', '-cashiers', '-customers'] as const;

/** Names that mean something in a host name, a path or a log, or that belong to the vendor. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set(
  `about account accounts admin administrator api app apps assets auth billing blog cdn console default dev dns docs
  download email ftp health help home host imap internal kube-system localhost login logout mail metrics mx none null
  oauth oidc operator owner pop portal postgres postgresql production proxy public register root saml scim security
  self smtp sso staging static status support system template0 template1 tenant tenantry tenants undefined unknown
  user users vendor webhook webhooks www`.split(/\s+/),
);

export type SlugFault =
  | { readonly kind: 'malformed'; readonly reason: string; readonly suggestion: string | undefined }
  | { readonly kind: 'reserved'; readonly reason: string };

/** What is wrong with a slug, or undefined. `extraSuffixes` are the product's own reserved endings. */
export function checkSlug(slug: string, extraSuffixes: readonly string[] = []): SlugFault | undefined {
  const reason = malformation(slug);
  if (reason !== undefined) return { kind: 'malformed', reason, suggestion: suggestSlug(slug) };
  if (RESERVED_SLUGS.has(slug)) return { kind: 'reserved', reason: `"${slug}" is a reserved name` };
  const suffix = [...RESERVED_SUFFIXES, ...extraSuffixes].find((ending) => slug.endsWith(ending));
  return suffix === undefined ? undefined : { kind: 'reserved', reason: `the ending "${suffix}" is reserved` };
}

function malformation(slug: string): string | undefined {
  if (slug.length < SLUG_MIN || slug.length > SLUG_MAX) return `it must have ${SLUG_MIN} to ${SLUG_MAX} characters`;
  if (slug !== slug.toLowerCase()) return 'it must be lower case';
  if (!/^[a-z0-9-]+$/.test(slug)) return 'only a-z, 0-9 and hyphens are allowed';
  if (slug.startsWith('-') || slug.endsWith('-')) return 'it must start and end with a letter or digit';
  // Two hyphens in a row mark encoded host names (RFC 5890), and would be one name to a reader.
  if (slug.includes('--')) return 'two hyphens in a row are not allowed';
  return isUuid(slug) ? 'it looks like an id' : undefined;
}

function suggestSlug(slug: string): string | undefined {
  const cleaned = slug
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX)
    .replace(/^-+|-+$/g, '');
  return malformation(cleaned) === undefined ? cleaned : undefined;
}

/** @throws request.invalid for a malformed slug, tenant.slug_reserved for a reserved one */
export function assertSlug(slug: string, extraSuffixes: readonly string[] = []): void {
  const fault = checkSlug(slug, extraSuffixes);
  if (fault === undefined) return;
  if (fault.kind === 'reserved') {
    throw new TenantryError('tenant.slug_reserved', `The slug "${slug}" cannot be used: ${fault.reason}.`, {
      facts: { slug },
      next: 'Choose another slug.',
    });
  }
  const fix = fault.suggestion === undefined ? 'Choose another slug.' : `Write it as "${fault.suggestion}".`;
  throw new TenantryError('request.invalid', `The slug "${slug}" is not well formed: ${fault.reason}.`, {
    faults: [{ path: 'slug', message: fault.reason, fix }],
    next: fix,
  });
}
