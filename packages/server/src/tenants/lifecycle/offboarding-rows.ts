import type { Tx } from '../../db/index.ts';
import type { OffboardingCause } from '../core/offboarding.ts';

export type OffboardingState = 'grace' | 'offboarded' | 'deleting' | 'deleted' | 'cancelled';

export interface Offboarding {
  readonly id: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly name: string;
  readonly productId: string;
  readonly clientId: string | null;
  readonly cause: OffboardingCause;
  readonly reason: string;
  readonly authority: string;
  readonly secondAuthority: string | null;
  readonly deleteData: boolean;
  readonly erasureRequest: boolean;
  readonly state: OffboardingState;
  readonly announcedAt: Date;
  readonly endsAt: Date;
  readonly offboardedAt: Date | null;
  readonly historyId: number | null;
  readonly deleteAfter: Date | null;
  readonly holdReason: string | null;
  readonly holdAuthority: string | null;
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly obstacle: Readonly<Record<string, unknown>> | null;
  readonly endedAt: Date | null;
  readonly certificate: Readonly<Record<string, unknown>> | null;
}

export const OFFBOARDING_COLUMNS = `id, tenant_id as "tenantId", slug, name, product_id as "productId", client_id as "clientId",
  cause, reason, authority, second_authority as "secondAuthority", delete_data as "deleteData",
  erasure_request as "erasureRequest", state, announced_at as "announcedAt", ends_at as "endsAt",
  offboarded_at as "offboardedAt", history_id::int as "historyId", delete_after as "deleteAfter",
  hold_reason as "holdReason", hold_authority as "holdAuthority", steps, obstacle, ended_at as "endedAt", certificate`;

/** The one that is under way. */
export async function findOpenOffboarding(tx: Tx, tenantId: string): Promise<Offboarding | undefined> {
  const { rows } = await tx.query<Offboarding>(
    `select ${OFFBOARDING_COLUMNS} from tenant_offboardings
     where tenant_id = $1 and state in ('grace', 'offboarded', 'deleting')`,
    [tenantId],
  );
  return rows[0];
}

/** The newest of a tenant, by id or slug; it is there after the tenant is gone. */
export async function findOffboarding(tx: Tx, idOrSlug: string): Promise<Offboarding | undefined> {
  const { rows } = await tx.query<Offboarding>(
    `select ${OFFBOARDING_COLUMNS} from tenant_offboardings where tenant_id::text = $1 or slug = $1
     order by announced_at desc, id limit 1`,
    [idOrSlug],
  );
  return rows[0];
}

/** Takes it for this transaction. @throws nothing; undefined when it is in another state by now */
export async function lockOffboarding(
  tx: Tx,
  id: string,
  states: readonly OffboardingState[],
): Promise<Offboarding | undefined> {
  const { rows } = await tx.query<Offboarding>(
    `select ${OFFBOARDING_COLUMNS} from tenant_offboardings where id = $1 and state = any($2) for update`,
    [id, [...states]],
  );
  return rows[0];
}
