/**
 * Who acts. A union, never a nullable user: a run acts under the authority that started it, a person under
 * their own key, the machinery under its own name.
 */
export type Actor = PersonActor | RunActor | SystemActor;

export interface PersonActor {
  readonly kind: 'person';
  /** uuid of the row in `people`. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly party: 'vendor' | 'client';
  /** Roles as runbooks name them, e.g. `engineering_lead`. */
  readonly roles: readonly string[];
  readonly scopes: readonly Scope[];
  /** The key that was shown; undefined for a browser session. */
  readonly keyId?: string;
  /** Set for people of a client: they see their own client's runs only. */
  readonly clientId?: string;
  /** A seeded identity: its approvals count in development only. */
  readonly development: boolean;
}

export interface RunActor {
  readonly kind: 'run';
  readonly runId: string;
  readonly stepId: string;
}

export interface SystemActor {
  readonly kind: 'system';
  readonly part: string;
}

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
] as const;

export type Scope = (typeof SCOPES)[number];

export const systemActor = (part: string): SystemActor => ({ kind: 'system', part });

/** How an actor is written into audit rows and shown to people. */
export function actorLabel(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return actor.name;
    case 'run':
      return `run ${actor.runId} step ${actor.stepId}`;
    case 'system':
      return `tenantry ${actor.part}`;
  }
}
