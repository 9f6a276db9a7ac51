/** Check-ins that were held: what a customer said, and from when the next one counts (HYP-13, HYP-15). */
import type { Tx } from '../db/index.ts';

export interface CheckIn {
  readonly from: string;
  readonly to: string;
  readonly report_sha256: string;
  readonly feedback: string;
  readonly next_on: string | null;
}

interface Row {
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly report_sha256: string;
  readonly feedback: string;
  readonly next_on: string | null;
}

const SELECT = `select starts_at, ends_at, report_sha256, feedback, to_char(next_on, 'YYYY-MM-DD') as next_on
  from tenant_check_ins`;

const checkInOf = ({ starts_at, ends_at, ...rest }: Row): CheckIn => ({
  from: starts_at.toISOString(),
  to: ends_at.toISOString(),
  ...rest,
});

/** Oldest first, from a time on. */
export async function listCheckIns(tx: Tx, tenantId: string, since: Date): Promise<readonly CheckIn[]> {
  const { rows } = await tx.query<Row>(`${SELECT} where tenant_id = $1 and ends_at > $2 order by ends_at limit 200`, [
    tenantId,
    since,
  ]);
  return rows.map(checkInOf);
}

export async function findCheckIn(tx: Tx, tenantId: string, key: string): Promise<CheckIn | undefined> {
  const { rows } = await tx.query<Row>(`${SELECT} where tenant_id = $1 and key = $2`, [tenantId, key]);
  return rows[0] === undefined ? undefined : checkInOf(rows[0]);
}
