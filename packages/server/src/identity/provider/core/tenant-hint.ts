/** How an application says which tenant a log-in is for, before anybody has typed anything. */

export const TENANT_ACR = 'urn:tenantry:tenant:';

const SLUG = /^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$/;

export interface LoginHint {
  /** Slug of the tenant, if one is named. */
  readonly tenant: string | undefined;
  readonly email: string | undefined;
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

const slug = (value: string): string | undefined => {
  const lower = value.toLowerCase();
  return SLUG.test(lower) ? lower : undefined;
};

/**
 * Reads the parameters of an authorization request: `tenant=SLUG`, else `acr_values=urn:tenantry:tenant:SLUG`, else a
 * `login_hint` of the form `SLUG/e-mail`. A hint that is no slug is none.
 */
export function readLoginHint(params: Readonly<Record<string, unknown>>): LoginHint {
  const hint = text(params.login_hint);
  const slash = hint.indexOf('/');
  const email = slash < 0 ? hint : hint.slice(slash + 1);
  const acr = text(params.acr_values)
    .split(/\s+/)
    .find((value) => value.startsWith(TENANT_ACR));
  return {
    tenant:
      slug(text(params.tenant)) ??
      slug(acr?.slice(TENANT_ACR.length) ?? '') ??
      (slash < 0 ? undefined : slug(hint.slice(0, slash))),
    email: email.includes('@') && email.length <= 320 ? email : undefined,
  };
}
