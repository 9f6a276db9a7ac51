/** What holds of a tenant at every moment, whatever was done to it. */
import { expect } from 'vitest';
import { Replica, SCHEMA } from '../../../guard/src/replica.ts';
import type { Database } from '../db/index.ts';
import { readChanges, readHead } from '../tenants/feed/read-feed.ts';
import {
  countResidue,
  findOffboarding,
  findTenant,
  findTransition,
  type HistoryEntry,
  listHistory,
  listOpenSuspensions,
  listTombstones,
  type Offboarding,
  readUsage,
  type StatusState,
  type Suspension,
  type Tenant,
} from '../tenants/index.ts';

export interface Seen {
  /** Undefined once its data is deleted. */
  readonly tenant: Tenant | undefined;
  readonly offboarding: Offboarding | undefined;
  readonly suspensions: readonly Suspension[];
  /** Oldest first. */
  readonly lines: readonly HistoryEntry[];
  readonly usage: Readonly<Record<string, number>>;
  readonly offboardings: number;
}

export const look = (database: Database, id: string): Promise<Seen> =>
  database.transaction('operator', async (tx) => {
    const { rows } = await tx.query<{ open: number }>(
      `select count(*)::int as open from tenant_offboardings where tenant_id = $1 and state in ('grace', 'offboarded', 'deleting')`,
      [id],
    );
    return {
      tenant: await findTenant(tx, id),
      offboarding: await findOffboarding(tx, id),
      suspensions: await listOpenSuspensions(tx, id),
      lines: (await listHistory(tx, id, { limit: 500 })).toReversed(),
      usage: await readUsage(tx, id),
      offboardings: rows[0]?.open ?? 0,
    };
  });

/** Of one moment. */
export function expectSound({ tenant, offboarding, suspensions, offboardings, lines }: Seen): void {
  const state = offboarding?.state ?? 'none';
  expect(offboardings).toBeLessThanOrEqual(1);
  if (tenant === undefined) {
    expect(offboarding).toMatchObject({ state: 'deleted', holdReason: null, deleteData: true });
    expect(offboarding?.certificate).toBeTruthy();
    expect(lines.map(({ operation }) => operation)).toContain('deleted');
    return;
  }
  expect(state).not.toBe('deleted');
  // Somebody is shut out exactly when a cause says so, as far as the strictest of them.
  if (tenant.status === 'suspended') {
    expect(suspensions.length).toBeGreaterThan(0);
    const strictest = suspensions.some(({ accessMode }) => accessMode === 'blocked') ? 'blocked' : 'read-only';
    expect(tenant.accessMode).toBe(strictest);
  } else {
    expect(tenant.accessMode).toBeNull();
    if (tenant.status !== 'offboarded') expect(suspensions).toEqual([]);
  }
  const causes = suspensions.map(({ cause }) => cause);
  expect(new Set(causes).size).toBe(causes.length);
  expect(tenant.pendingOffboardingAt).toEqual(state === 'grace' ? offboarding?.endsAt : null);
  if (state === 'offboarded' || state === 'deleting') expect(tenant.status).toBe('offboarded');
}

const stateIn = (side: HistoryEntry['from']): StatusState | undefined =>
  typeof side?.status === 'string' && 'accessMode' in side ? (side as unknown as StatusState) : undefined;

/** From one moment to a later one. */
export function expectGrown(before: Seen, after: Seen): void {
  // Append-only: every line that was there is there, as it was.
  expect(after.lines.slice(0, before.lines.length)).toEqual(before.lines);
  let status = before.tenant?.status;
  for (const line of after.lines.slice(before.lines.length)) {
    const [from, to] = [stateIn(line.from), stateIn(line.to)];
    if (from === undefined || to === undefined) continue;
    expect(from.status).toBe(status);
    // A line that takes another back restores what that one found; all others keep to the table.
    if (line.undoOf === null && from.status !== to.status) {
      expect(findTransition(from.status, to.status)).toBe(line.operation);
    }
    status = to.status;
  }
  if (after.tenant !== undefined) expect(after.tenant.status).toBe(status);
  if (before.tenant !== undefined && after.tenant !== undefined) {
    expect(after.tenant.version).toBeGreaterThanOrEqual(before.tenant.version);
  }
  // Gone for good, and nothing under a hold.
  if (before.tenant === undefined) expect(after.tenant).toBeUndefined();
  if (before.offboarding?.holdReason != null) expect(after.tenant).toBeDefined();
}

/** Nothing left but what is kept on purpose, and no restore brings it back. */
export async function expectGone(database: Database, id: string): Promise<void> {
  const left = (await countResidue(database, id)).filter(({ rows, retained }) => rows > 0 && retained === undefined);
  expect(left).toEqual([]);
  const stones = await database.transaction('operator', (tx) => listTombstones(tx));
  expect(stones.map(({ tenantId }) => tenantId)).toContain(id);
}

/** A guard that follows change by change, from now on. */
export async function followAsGuard(database: Database, productId: string) {
  const replica = new Replica();
  const { position } = await database.transaction('operator', readHead);
  replica.open();
  replica.take({ event: 'begin', data: { schema: SCHEMA, epoch: 'e', mode: 'snapshot', position } }, 0, 0);
  replica.take({ event: 'ready', data: { position, tenants: 0, elapsed_ms: 0 } }, 0, 0);
  return {
    /** Whether it lets in, after the newest change, exactly whom the registry lets in. */
    async expectEqual({ tenant }: Seen, id: string): Promise<void> {
      const from = replica.position;
      const changes = await database.transaction('operator', (tx) => readChanges(tx, productId, from, 500));
      const data = { from, to: changes.to, tenants: changes.tenants };
      expect(replica.take({ event: 'changes', data }, 0, 0)).toBe('ok');
      const known = replica.tenants.get(id);
      if (tenant === undefined) return expect(known).toBeUndefined();
      const { status, accessMode, closedAt } = tenant;
      const mayWrite = closedAt === null && (status === 'active' || status === 'trial');
      const mayRead = mayWrite || (closedAt === null && status === 'suspended' && accessMode === 'read-only');
      expect({ plan: known?.plan, read: known?.read.ok, write: known?.write.ok }).toEqual({
        plan: tenant.plan,
        read: mayRead,
        write: mayWrite,
      });
    },
  };
}
