import { TenantryError } from '@tenantry/contract';
import type { Actor, Scope } from '../access/index.ts';

/** What somebody is about to be able to do. */
export interface Grant {
  readonly roles: readonly string[];
  readonly scopes: readonly Scope[];
  /** Whether it goes to a seeded identity, whose approvals count in development only. */
  readonly development: boolean;
}

/**
 * Nobody hands on what they do not hold themselves, a seeded identity makes no real ones, and no run hands on
 * anything: its authority is the work it was started for. The machinery (first start, the command line on the host)
 * may grant all.
 *
 * @throws access.forbidden
 */
export function assertMayGrant(actor: Actor, grant: Grant): void {
  if (actor.kind === 'system') return;
  if (actor.kind !== 'person') throw forbidden('Only people create people and keys.', 'Use a key of your own.');
  if (actor.development && !grant.development) {
    throw forbidden(`${actor.name} is a development identity and creates no others but such.`, 'Use a real person.');
  }
  const roles = grant.roles.filter((role) => !actor.roles.includes(role));
  const scopes = grant.scopes.filter((scope) => !actor.scopes.includes(scope));
  if (roles.length === 0 && scopes.length === 0) return;
  const missing = [...roles.map((role) => `the role ${role}`), ...scopes.map((scope) => `the scope ${scope}`)];
  throw forbidden(
    `${actor.name} cannot grant what they do not hold: ${missing.join(', ')}.`,
    'Ask somebody who holds it, or leave it out.',
    { roles, scopes },
  );
}

const forbidden = (message: string, next: string, facts: Readonly<Record<string, unknown>> = {}): TenantryError =>
  new TenantryError('access.forbidden', message, { next, facts });
