/** What a key, a session or a platform role may be used for. The wire has the same list (`scopeSchema`). */
export const SCOPES = [
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
] as const;

export type Scope = (typeof SCOPES)[number];

export const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);
