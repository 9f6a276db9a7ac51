/** What is true of the installation right now, read in one transaction and kept for a few seconds. */
import type { MetricsSummary } from '@tenantry/contract';
import type { Database, Tx } from '../db/index.ts';

export interface TenantFigures {
  readonly tenantId: string;
  readonly reportAgeSeconds: number;
  /** Of the last five minutes. */
  readonly summary: MetricsSummary;
}

/** Handed in by the composition root: figures of tenants belong to another domain. */
export type ReadTenants = (
  tx: Tx,
  now: Date,
) => Promise<{ readonly shown: readonly TenantFigures[]; readonly omitted: number }>;

type Who = 'user' | 'operator';
type Outcome = 'accepted' | 'refused';

export interface Installation {
  readonly runs: Readonly<Record<string, number>>;
  readonly queue: { readonly waiting: number; readonly oldestSeconds: number; readonly failed: number };
  /** Since the reading before. */
  readonly newLogIns: readonly { readonly who: Who; readonly outcome: Outcome; readonly count: number }[];
  readonly tenants: Awaited<ReturnType<ReadTenants>>;
}

export const LOG_IN_ACTIONS: Readonly<Record<string, { readonly who: Who; readonly outcome: Outcome }>> = {
  'user.logged_in': { who: 'user', outcome: 'accepted' },
  'user.login_refused': { who: 'user', outcome: 'refused' },
  'operator.signed_in': { who: 'operator', outcome: 'accepted' },
  'operator.sign_in_refused': { who: 'operator', outcome: 'refused' },
};

const FRESH_MS = 2_000;
const TIMEOUT_MS = 3_000;

interface Options {
  readonly database: Database;
  readonly now: () => Date;
  readonly readTenants: ReadTenants;
}

/** The reader answers undefined while the database does not answer. Several who ask at once share one reading. */
export function openInstallationReader({
  database,
  now,
  readTenants,
}: Options): () => Promise<Installation | undefined> {
  let kept: { readonly at: number; readonly reading: Promise<Installation | undefined> } | undefined;
  let position: string | undefined;

  const read = async (): Promise<Installation> => {
    const { logIns, ...reading } = await database.transaction(
      'operator',
      async (tx) => ({
        runs: await readRuns(tx),
        queue: await readQueue(tx),
        tenants: await readTenants(tx, now()),
        logIns: await readLogIns(tx, position),
      }),
      { timeoutMs: TIMEOUT_MS },
    );
    position = logIns.position;
    return { ...reading, newLogIns: logIns.counts };
  };

  return () => {
    const at = now().getTime();
    if (kept !== undefined && at - kept.at < FRESH_MS) return kept.reading.then((reading) => reading && once(reading));
    kept = { at, reading: read().catch(() => undefined) };
    return kept.reading;
  };
}

/** A reading that is shown again has no log-ins that were not counted yet. */
const once = (reading: Installation): Installation => ({ ...reading, newLogIns: [] });

async function readRuns(tx: Tx): Promise<Readonly<Record<string, number>>> {
  const { rows } = await tx.query<{ status: string; count: string }>(
    `select status, count(*) from runs where status not in ('completed', 'rolled_back', 'cancelled') group by status`,
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

async function readQueue(tx: Tx): Promise<Installation['queue']> {
  const { rows } = await tx.query<{ waiting: string; oldest_seconds: number; failed: string }>(
    'select waiting, oldest_seconds, failed from tenantry.queue_state()',
  );
  const [row] = rows;
  return {
    waiting: Number(row?.waiting ?? 0),
    oldestSeconds: Number(row?.oldest_seconds ?? 0),
    failed: Number(row?.failed ?? 0),
  };
}

/**
 * Log-ins are acts, so the audit log knows them, whichever process served them. It is read up to where the sealer has
 * come: below that no row can appear any more, so none is missed and none is counted twice.
 */
async function readLogIns(
  tx: Tx,
  after: string | undefined,
): Promise<{ readonly position: string; readonly counts: Installation['newLogIns'] }> {
  const { rows: sealed } = await tx.query<{ floor_seq: string }>('select floor_seq from audit_sealer');
  const position = sealed[0]?.floor_seq ?? '0';
  if (after === undefined) return { position, counts: [] };
  const { rows } = await tx.query<{ action: string; count: string }>(
    'select action, count(*) from audit_log where action = any($1) and seq > $2 and seq <= $3 group by action',
    [Object.keys(LOG_IN_ACTIONS), after, position],
  );
  const counts = rows.flatMap(({ action, count }) => {
    const meaning = LOG_IN_ACTIONS[action];
    return meaning === undefined ? [] : [{ ...meaning, count: Number(count) }];
  });
  return { position, counts };
}
