import type { Guard } from '@tenantry/guard';
import type { Pool } from 'pg';
import type { FixedWindow } from './http/fixed-window.ts';
import type { OidcProvider } from './oidc/provider.ts';

export type Clock = () => Date;

/** How long a session lives (IDN-05): without a request, and in all. */
export interface SessionPolicy {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** What routes need from the process; made once by `startCutlist`. */
export interface CutlistContext {
  readonly pool: Pool;
  readonly clock: Clock;
  /** Where people reach this application, no slash at its end. */
  readonly publicUrl: () => string;
  /** Who logs people in; undefined where this application does, with passwords of its own. */
  readonly oidc: OidcProvider | undefined;
  readonly session: SessionPolicy;
  /** What each workshop may do, by the control plane; undefined where the application stands alone. */
  readonly guard: Guard | undefined;
  /** API calls of a tenant. */
  readonly apiCalls: FixedWindow;
  /** Users whose calls are counted apart, while a self-check lasts: it uses up nobody's. */
  readonly ownWindows: Set<string>;
  /** Passwords tried for one person since the last right one. */
  readonly passwordAttempts: FixedWindow;
}
