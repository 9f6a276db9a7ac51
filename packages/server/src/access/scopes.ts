import { scopeSchema } from '@tenantry/contract';

/** What a key, a session or a platform role may be used for: the list of the wire. */
export const SCOPES = scopeSchema.options;

export type Scope = (typeof SCOPES)[number];

export const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);
