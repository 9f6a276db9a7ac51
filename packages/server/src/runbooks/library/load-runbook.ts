import { TenantryError } from '@tenantry/contract';
import type { Runbook } from '@tenantry/runbook';
import type { Tx } from '../../db/index.ts';

/** A published version, as a run pins it. */
export interface PublishedRunbook {
  readonly definition: Runbook;
  /** SHA-256 over definition and files. */
  readonly hash: string;
  readonly source: string;
  /** Templates and fixtures by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Published versions never change, so one read of each is enough for the life of a process. */
const CACHE_MAX = 200;
const cache = new Map<string, PublishedRunbook>();

interface Row {
  readonly hash: string;
  readonly source: string;
  readonly definition: Runbook;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The version asked for, or the newest published one.
 *
 * @throws runbook.not_found
 */
export async function loadRunbook(tx: Tx, id: string, version?: string): Promise<PublishedRunbook> {
  const cached = version === undefined ? undefined : cache.get(`${id}@${version}`);
  if (cached !== undefined) return cached;
  const { rows } = await tx.query<Row>(
    {
      name: 'load_runbook',
      text: `select hash, source, definition, files from runbook_versions
             where runbook_id = $1 and ($2::text is null or version = $2) order by published_at desc limit 1`,
    },
    [id, version ?? null],
  );
  const row = rows[0];
  if (row === undefined) throw await unknownRunbook(tx, id, version);
  const runbook: PublishedRunbook = {
    definition: row.definition,
    hash: row.hash,
    source: row.source,
    files: row.files,
  };
  if (cache.size >= CACHE_MAX) cache.clear();
  const key = `${id}@${row.definition.version}`;
  const kept = cache.get(key);
  // Another database of the same process (tests) may publish the same version with other content.
  if (kept?.hash === runbook.hash) return kept;
  cache.set(key, runbook);
  return runbook;
}

/** The newest version of each runbook. */
export async function newestRunbooks(tx: Tx): Promise<readonly Runbook[]> {
  const { rows } = await tx.query<{ definition: Runbook }>(
    'select distinct on (runbook_id) definition from runbook_versions order by runbook_id, published_at desc',
  );
  return rows.map(({ definition }) => definition);
}

async function unknownRunbook(tx: Tx, id: string, version: string | undefined): Promise<TenantryError> {
  const { rows } = await tx.query<{ runbook_id: string }>(
    'select distinct runbook_id from runbook_versions order by 1',
  );
  const known = rows.map((row) => row.runbook_id);
  return new TenantryError(
    'runbook.not_found',
    `There is no runbook ${id}${version === undefined ? '' : ` in version ${version}`}.`,
    {
      next: known.length === 0 ? 'Publish a runbook first.' : `Published runbooks: ${known.join(', ')}.`,
      facts: { known },
    },
  );
}

export interface RunbookSummary {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly hash: string;
  readonly publishedAt: Date;
  readonly approvals: readonly RunbookApproval[];
  /** Roles whose approval is asked for and has not been given, as this installation counts. */
  readonly missing: readonly string[];
  /** Of the newest version; null where the runbook is not reviewed. */
  readonly review: RunbookReview | null;
}

export interface RunbookReview {
  readonly every: string;
  /** A day, as it was written where nobody has reviewed the version yet. */
  readonly nextOn: string;
  readonly last: {
    readonly name: string;
    readonly role: string;
    readonly at: string;
    readonly note: string | null;
  } | null;
}

export interface RunbookApproval {
  readonly role: string;
  readonly name: string;
  readonly at: string;
  /** Given by a seeded identity: counts in development only. */
  readonly development: boolean;
}

interface SummaryRow {
  readonly runbook_id: string;
  readonly version: string;
  readonly hash: string;
  readonly title: string;
  readonly approvers: readonly string[];
  readonly published_at: Date;
  readonly approvals: readonly RunbookApproval[];
  readonly review: { readonly every: string; readonly next: string } | null;
  readonly last_review: (NonNullable<RunbookReview['last']> & { readonly next_on: string }) | null;
  readonly is_newest: boolean;
}

export type Mode = 'development' | 'production';

/** What seeded identities approve counts in development only. */
export const countsIn = (mode: Mode, approval: { readonly development: boolean }): boolean =>
  mode === 'development' || !approval.development;

export async function listRunbooks(tx: Tx, mode: Mode): Promise<readonly RunbookSummary[]> {
  const { rows } = await tx.query<SummaryRow>(
    `select v.runbook_id, v.version, v.hash, v.definition ->> 'title' as title,
            v.definition #> '{about,approvers}' as approvers, v.published_at,
            coalesce((select jsonb_agg(jsonb_build_object('role', a.role, 'name', a.person_name, 'at', a.approved_at, 'development', a.development) order by a.approved_at)
                      from runbook_approvals a where a.runbook_id = v.runbook_id and a.version = v.version and a.hash = v.hash), '[]') as approvals,
            v.definition #> '{about,review}' as review,
            (select jsonb_build_object('name', r.person_name, 'role', r.role, 'at', r.reviewed_at, 'note', r.note, 'next_on', r.next_on)
             from runbook_reviews r where r.runbook_id = v.runbook_id and r.version = v.version order by r.position desc limit 1) as last_review,
            row_number() over (partition by v.runbook_id order by v.published_at desc) = 1 as is_newest
     from runbook_versions v order by v.runbook_id, v.published_at desc`,
  );
  return rows.map((row) => ({
    id: row.runbook_id,
    version: row.version,
    title: row.title,
    hash: row.hash,
    publishedAt: row.published_at,
    approvals: row.approvals,
    missing: row.approvers.filter(
      (role) => !row.approvals.some((approval) => approval.role === role && countsIn(mode, approval)),
    ),
    review: reviewOf(row),
  }));
}

function reviewOf({ review, last_review: last, is_newest: isNewest }: SummaryRow): RunbookReview | null {
  const nextOn = last?.next_on ?? review?.next;
  if (!isNewest || nextOn === undefined) return null;
  return {
    every: review?.every ?? '',
    nextOn,
    last: last === null ? null : { name: last.name, role: last.role, at: last.at, note: last.note },
  };
}
