import type { Guard } from '@tenantry/guard';
import type { TenantDb } from './db/in-tenant.ts';
import type { Visitor } from './sessions/load-session.ts';

/** What a verb needs: one tenant's transaction, who asks, and when. */
export interface Act {
  readonly db: TenantDb;
  readonly visitor: Visitor;
  readonly now: Date;
  readonly guard: Guard | undefined;
}
