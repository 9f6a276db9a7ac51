import type { PlatformRole } from './roles.ts';
import type { Scope } from './scopes.ts';
import type { TenantPermission } from './tenant-permissions.ts';

/**
 * Who acts. A union, never a nullable user: a run acts under the authority that started it, a person under
 * their own key or session, a user of a tenant under theirs, the machinery under its own name.
 */
export type Actor = PersonActor | UserActor | RunActor | SystemActor;

export interface PersonActor {
  readonly kind: 'person';
  /** uuid of the row in `people`. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly party: 'vendor' | 'client';
  /** Runbook roles: who the person is in a runbook, e.g. `engineering_lead`. What they may do is in `grants`. */
  readonly roles: readonly string[];
  /** What the key or session may be used for somewhere; never more than the grants together give. */
  readonly scopes: readonly Scope[];
  /**
   * Platform roles, each with the products and clients it reaches. Undefined for an actor made without a key or
   * session (a test, the first start): its scopes hold everywhere.
   */
  readonly grants?: readonly ActorGrant[];
  /** Ids of the tenants this person has live support access to. */
  readonly supports?: readonly string[];
  /** The key that was shown; undefined for a browser session. */
  readonly keyId?: string;
  /** The browser session; undefined for a key. */
  readonly sessionId?: string;
  /** Set for people of a client: they see their own client's runs only. */
  readonly clientId?: string;
  /** Set for somebody who came in through a portal link: that tenant of their client, and no other. */
  readonly tenantId?: string;
  /** A seeded identity: its approvals count in development only. */
  readonly development: boolean;
}

/** A platform role and where it holds; null stands for every product, every client. */
export interface ActorGrant {
  readonly role: PlatformRole;
  readonly productId: string | null;
  readonly clientId: string | null;
}

/** Somebody who uses a product of the vendor, in the one tenant they belong to. No scope of the platform is theirs. */
export interface UserActor {
  readonly kind: 'user';
  readonly tenantId: string;
  /** uuid of the row in `users`. */
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  /** What their role in the product stands for; undefined where they act on their own account and nothing else. */
  readonly permission?: TenantPermission;
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

export const systemActor = (part: string): SystemActor => ({ kind: 'system', part });

/** How an actor is written into audit rows and shown to people. */
export function actorLabel(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
    case 'user':
      return actor.name;
    case 'run':
      return `run ${actor.runId} step ${actor.stepId}`;
    case 'system':
      return `tenantry ${actor.part}`;
  }
}

/** What an actor is found by in audit rows: the id of the person, user or run, or the name of the part. */
export function actorId(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return actor.id;
    case 'user':
      return actor.userId;
    case 'run':
      return actor.runId;
    case 'system':
      return actor.part;
  }
}
