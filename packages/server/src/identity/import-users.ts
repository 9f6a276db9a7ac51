import { TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import { type Actor, permit } from '../access/index.ts';
import { recordAudit, recordAuditMany } from '../audit/index.ts';
import type { Database } from '../db/index.ts';
import { loadRoles, lockTenant, readTenant } from '../tenants/index.ts';
import type { EnqueueJobs } from './authentication.ts';
import { CsvFault, csvReader } from './core/csv.ts';
import { LIST_COLUMNS, type ListedUser, type ListHeader, readHeader, readRow } from './core/user-list.ts';
import { inviteJob } from './jobs.ts';
import { loadPlaces } from './user-rules.ts';

export const LIST_ROWS_MAX = 100_000;
export const LIST_BYTES_MAX = 32 * 1_048_576;
/** Faulty rows that are named; all are counted. */
export const LIST_FAULTS_MAX = 10_000;
const BATCH = 1_000;

export interface UserList {
  readonly tenantId: string;
  readonly actor: Actor;
  /** UTF-8 in pieces. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Mails each of them an invitation; without it they stand in the list and are invited later. */
  readonly invite: boolean;
  readonly now: Date;
}

/** `row` counts as a spreadsheet does: the header is row 1. */
export interface RowFault {
  readonly row: number;
  readonly email: string | undefined;
  readonly problem: string;
}

export interface ListReport {
  readonly rows: number;
  readonly created: number;
  /** Rows whose address the tenant has already: they stay as they are, so the same list may be sent again. */
  readonly existing: number;
  readonly faultsTotal: number;
  readonly faults: readonly RowFault[];
}

interface Deps {
  readonly database: Database;
  readonly enqueueJobs: EnqueueJobs;
}

interface Numbered extends ListedUser {
  readonly row: number;
}

/**
 * Provisions the users of a list (INT-18, LIFE-29): good rows become invited users without a password, in batches, each
 * a transaction; faulty rows are told by number. A row with a bcrypt hash becomes a user who logs in as before (CH-79). What a broken connection leaves undone is done by sending the list
 * again. Nothing is hashed; of the file a batch and the addresses so far are held in memory.
 *
 * @throws request.invalid for a file that is no such list; request.too_large; tenant.not_found; access.forbidden
 */
export async function importUsers(deps: Deps, list: UserList): Promise<ListReport> {
  permit(list.actor, 'tenants:write');
  const roles = await deps.database.transaction('operator', async (tx) => {
    const tenant = await readTenant({ tx, actor: list.actor }, list.tenantId);
    return (await loadRoles(tx, tenant.id)).map(({ key }) => key);
  });
  const tally = { rows: 0, created: 0, existing: 0, faultsTotal: 0, faults: [] as RowFault[] };
  const seen = new Map<string, number>();
  const fault = (one: RowFault): void => {
    tally.faultsTotal += 1;
    if (tally.faults.length < LIST_FAULTS_MAX) tally.faults.push(one);
  };
  let header: ListHeader | undefined;
  let batch: Numbered[] = [];
  const flush = async (): Promise<void> => {
    const done = await writeBatch(deps, list, batch);
    batch = [];
    tally.created += done.created;
    tally.existing += done.existing;
    for (const one of done.faults) fault(one);
  };
  for await (const { fields, row } of rowsOf(list.pieces)) {
    if (header === undefined) {
      header = headerOf(fields);
      continue;
    }
    tally.rows += 1;
    if (tally.rows > LIST_ROWS_MAX) throw tooLarge(`It has more than ${LIST_ROWS_MAX} rows`);
    const read = readRow(fields, header, roles);
    const earlier = read.ok ? seen.get(read.user.email.toLowerCase()) : undefined;
    if (!read.ok) fault({ row, email: read.email, problem: read.problem });
    else if (earlier !== undefined) {
      fault({ row, email: read.user.email, problem: `row ${earlier} has the same e-mail address` });
    } else {
      seen.set(read.user.email.toLowerCase(), row);
      batch.push({ ...read.user, row });
    }
    if (batch.length === BATCH) await flush();
  }
  if (header === undefined) headerOf([]);
  await flush();
  return tally;
}

async function* rowsOf(
  pieces: UserList['pieces'],
): AsyncGenerator<{ readonly fields: readonly string[]; readonly row: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = csvReader();
  let bytes = 0;
  let row = 0;
  const guarded = (read: () => readonly (readonly string[])[]): readonly (readonly string[])[] => {
    try {
      return read();
    } catch (error) {
      if (error instanceof CsvFault) throw unreadable(`row ${error.row}`, error.message);
      if (error instanceof TypeError) throw unreadable('the file', 'it is not UTF-8 text');
      throw error;
    }
  };
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > LIST_BYTES_MAX) throw tooLarge(`It has more than ${LIST_BYTES_MAX} bytes`);
    for (const fields of guarded(() => reader.push(decoder.decode(piece, { stream: true })))) {
      row += 1;
      yield { fields, row };
    }
  }
  for (const fields of guarded(() => [...reader.push(decoder.decode()), ...reader.end()])) {
    row += 1;
    yield { fields, row };
  }
}

interface BatchResult {
  readonly created: number;
  readonly existing: number;
  readonly faults: readonly RowFault[];
}

async function writeBatch(deps: Deps, list: UserList, batch: readonly Numbered[]): Promise<BatchResult> {
  if (batch.length === 0) return { created: 0, existing: 0, faults: [] };
  return deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: list.actor, now: list.now };
    // Held until the end, so that nobody else takes the places counted here.
    const tenant = await lockTenant(ctx, list.tenantId);
    const there = await findAddresses(ctx, list.tenantId, batch);
    const fresh = batch.filter(({ email }) => !there.has(email.toLowerCase()));
    if (fresh.length === 0) return { created: 0, existing: batch.length, faults: [] };
    const { allowed, used } = await loadPlaces(tx, tenant);
    const places = Math.max(0, allowed - used);
    const wanted = Number.isFinite(places) ? fresh.slice(0, places) : fresh;
    const created = await insertListed(ctx, list.tenantId, wanted);
    if (list.invite && created > 0) await deps.enqueueJobs(tx, [inviteJob(list.tenantId)]);
    const problem = `the plan allows ${allowed} users, and the tenant has them`;
    const faults = fresh.slice(wanted.length).map(({ row, email }) => ({ row, email, problem }));
    return { created, existing: batch.length - fresh.length, faults };
  });
}

async function findAddresses({ tx }: Ctx, tenantId: string, batch: readonly Numbered[]): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ email: string }>(
    'select lower(email) as email from users where tenant_id = $1 and lower(email) = any($2::text[])',
    [tenantId, batch.map(({ email }) => email.toLowerCase())],
  );
  return new Set(rows.map(({ email }) => email));
}

async function insertListed(ctx: Ctx, tenantId: string, listed: readonly Numbered[]): Promise<number> {
  if (listed.length === 0) return 0;
  const { rows } = await ctx.tx.query<{ id: string; email: string; role: string; imported: boolean }>(
    `insert into users (tenant_id, email, full_name, role, password_hash, status, created_at, updated_at)
     select $1, email, full_name, role, password_hash,
            case when password_hash is null then 'invited' else 'active' end, $6, $6
     from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as listed (email, full_name, role, password_hash)
     returning id, email, role, password_hash is not null as imported`,
    [
      tenantId,
      listed.map(({ email }) => email),
      listed.map(({ fullName }) => fullName),
      listed.map(({ role }) => role),
      listed.map(({ passwordHash }) => passwordHash ?? null),
      ctx.now,
    ],
  );
  await recordAuditMany(
    ctx,
    rows.map(({ id, email, role, imported }) => ({
      action: imported ? 'user.imported' : 'user.invited',
      tenantId,
      subject: { kind: 'user', id, name: email },
      detail: { role, by: 'list' },
    })),
  );
  return rows.length;
}

/** Says in the audit log that a list was taken in, with what came of it. */
export const recordImport = (ctx: Ctx, tenantId: string, { faults: _faults, ...counts }: ListReport): Promise<void> =>
  recordAudit(ctx, {
    action: 'user.list_imported',
    tenantId,
    subject: { kind: 'tenant', id: tenantId },
    detail: counts,
  });

function headerOf(fields: readonly string[]): ListHeader {
  const header = readHeader(fields);
  if (header !== undefined) return header;
  throw unreadable('the first row', `it does not name the columns ${LIST_COLUMNS.join(', ')}`);
}

const unreadable = (where: string, why: string): TenantryError =>
  new TenantryError('request.invalid', `The list cannot be read at ${where}: ${why}.`, {
    faults: [{ path: where, message: why }],
    next: 'Send CSV in UTF-8 whose first row is email,full_name,role.',
  });

const tooLarge = (why: string): TenantryError =>
  new TenantryError('request.too_large', `The list is too large. ${why}.`, {
    next: 'Split it: rows that were taken in already are left as they are.',
  });
