/**
 * The deletion of a tenant's data, in steps that may each be repeated: whoever dies in between is followed by somebody who
 * goes on, and the record says how far it came. What belongs to other domains is handed in.
 */
import { canonicalJson, isTenantryError, TenantryError } from '@tenantry/contract';
import { type Ctx, permit, systemActor } from '../../access/index.ts';
import { eraseAuditPayloads, recordAudit } from '../../audit/index.ts';
import { sha256 } from '../../connectors/kit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { assertTenantGone } from '../delete-tenant.ts';
import { recordHistory } from '../history.ts';
import { lockTenant } from '../load.ts';
import { countVisibleResidue, type TableResidue, unexpectedResidue } from '../residue.ts';
import { recordTombstone } from '../tombstones.ts';
import { findOpenOffboarding, lockOffboarding, OFFBOARDING_COLUMNS, type Offboarding } from './offboarding-rows.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What the deletion goes through outside the registry. Each may be called again, and answers what it found and did. */
export interface DeletionParts {
  /** The final backup, proven. @throws what keeps it from being taken */
  backUp(offboarding: Offboarding): Promise<Facts>;
  /** Rows of the product's own databases: deleted, then counted by a role that sees all of them. */
  deleteProductRows(offboarding: Offboarding): Promise<Facts>;
  /** Everything sealed for the tenant, and the keys it was sealed with. */
  destroySecrets(ctx: Ctx, tenantId: string): Promise<Facts>;
  /** Archives of exports, whose rows went with the tenant. */
  removeExports(tenantId: string): Promise<Facts>;
  /** What still holds rows of the tenant, and until when: backups of whole databases. */
  backupsThatRemain(tx: Tx, offboarding: Offboarding): Promise<readonly Facts[]>;
}

export interface DeletionDeps {
  readonly database: Database;
  readonly parts: DeletionParts;
  readonly now: () => Date;
  /** Where the crash tests end the work; told after each step is written down. */
  readonly reached?: (step: DeletionStep) => void;
}

export const DELETION_STEPS = ['ledger', 'backup', 'product', 'registry', 'proof'] as const;
export type DeletionStep = (typeof DELETION_STEPS)[number];

const ERASURE = systemActor('erasure');
const BATCH = 20;

/** Deletes what is due, one tenant after the other; one that cannot go says why and waits. Answers how many went. */
export async function keepDeletions(deps: DeletionDeps): Promise<number> {
  const now = deps.now();
  const { rows } = await deps.database.transaction('worker', (tx) =>
    tx.query<Offboarding>(
      `select ${OFFBOARDING_COLUMNS} from tenant_offboardings
       where state = 'deleting' or (state = 'offboarded' and delete_data and hold_reason is null and delete_after <= $1)
       order by announced_at limit ${BATCH}`,
      [now],
    ),
  );
  let deleted = 0;
  const failures: unknown[] = [];
  for (const each of rows) {
    try {
      await deleteData(deps, each);
      deleted += 1;
    } catch (error) {
      // One tenant that cannot go keeps no other from going.
      if (isTenantryError(error)) await noteObstacle(deps, each, error);
      else failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return deleted;
}

const STEPS: Readonly<Record<DeletionStep, (deps: DeletionDeps, offboarding: Offboarding) => Promise<Facts>>> = {
  ledger: (deps, offboarding) => deps.database.transaction('worker', (tx) => assertLedgerClear(tx, offboarding)),
  backup: (deps, offboarding) => deps.parts.backUp(offboarding),
  product: (deps, offboarding) => deps.parts.deleteProductRows(offboarding),
  registry: deleteFromRegistry,
  proof: prove,
};

async function deleteData(deps: DeletionDeps, { id }: Offboarding): Promise<void> {
  let offboarding = await begin(deps, id);
  for (const step of DELETION_STEPS) {
    if (offboarding === undefined) return;
    if (offboarding.steps[step] !== undefined) continue;
    const facts = await STEPS[step](deps, offboarding);
    offboarding = await note(deps, offboarding, step, facts);
    deps.reached?.(step);
  }
}

/** From here on it cannot be called off. */
const begin = (deps: DeletionDeps, id: string): Promise<Offboarding | undefined> =>
  deps.database.transaction('worker', async (tx) => {
    const found = await lockOffboarding(tx, id, ['offboarded', 'deleting']);
    if (found === undefined || found.state === 'deleting') return found;
    if (found.holdReason !== null) return undefined;
    const ctx = { tx, actor: ERASURE, now: deps.now() };
    const { rows } = await tx.query<Offboarding>(
      `update tenant_offboardings set state = 'deleting' where id = $1 returning ${OFFBOARDING_COLUMNS}`,
      [id],
    );
    await recordHistory(ctx, { tenantId: found.tenantId, operation: 'deletion_begun', from: null, to: null });
    return rows[0];
  });

const note = (deps: DeletionDeps, { id }: Offboarding, step: DeletionStep, facts: Facts): Promise<Offboarding> =>
  deps.database.transaction('worker', async (tx) => {
    const done = { [step]: { ...facts, at: deps.now().toISOString() } };
    const { rows } = await tx.query<Offboarding>(
      `update tenant_offboardings set steps = steps || $2::jsonb, obstacle = null where id = $1 returning ${OFFBOARDING_COLUMNS}`,
      [id, JSON.stringify(done)],
    );
    return rows[0] as Offboarding;
  });

/** Told once for each obstacle, however often it is met. */
const noteObstacle = (deps: DeletionDeps, { id, tenantId }: Offboarding, error: TenantryError): Promise<void> =>
  deps.database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: ERASURE, now: deps.now() };
    const obstacle = { code: error.code, message: error.message, facts: error.facts, next: error.next ?? null };
    const { rowCount } = await tx.query(
      `update tenant_offboardings set obstacle = $2::jsonb where id = $1 and obstacle is distinct from $2::jsonb`,
      [id, JSON.stringify(obstacle)],
    );
    if (rowCount === 0) return;
    await recordHistory(ctx, {
      tenantId,
      operation: 'deletion_held_up',
      from: null,
      to: { code: error.code },
      reason: error.message,
    });
    await recordAudit(ctx, {
      action: 'tenant.deletion_held_up',
      tenantId,
      subject: { kind: 'tenant', id: tenantId },
      reason: error.message,
    });
  });

/** What these actions make lives in the registry, the vault or the product's databases, and goes with them. */
const OWN_ACTIONS = ['tenant', 'user', 'vault', 'postgres', 'email', 'run', 'backup', 'metrics', 'intake', 'document'];

/**
 * Nothing that a run made for the tenant elsewhere may be left standing: whoever made it knows how to take it away.
 *
 * @throws tenant.not_empty naming each
 */
async function assertLedgerClear(tx: Tx, { tenantId, slug }: Offboarding): Promise<Facts> {
  const { rows } = await tx.query<{ run: string; action: string; name: string }>(
    `select run_id as run, action, name from run_resources
     where tenant_id = $1 and status = 'standing' and claim = 'created' and split_part(action, '.', 1) <> all ($2)
     order by position desc limit 50`,
    [tenantId, OWN_ACTIONS],
  );
  if (rows.length === 0) return { standing: 0 };
  const where = rows.map(({ action, name }) => `${name} (${action})`);
  throw new TenantryError(
    'tenant.not_empty',
    `Runs have made things for ${slug} that still stand: ${where.join(', ')}.`,
    {
      facts: { tenant: tenantId, runs: [...new Set(rows.map(({ run }) => run))], where },
      next: 'Take them back: tenantry run rollback RUN. The deletion goes on by itself.',
    },
  );
}

/**
 * One transaction: secrets and their keys, the row with all that hangs on it, the tombstone, and what the audit log said
 * of the tenant. Done already when the row is gone.
 */
function deleteFromRegistry(deps: DeletionDeps, offboarding: Offboarding): Promise<Facts> {
  const { tenantId, productId, reason } = offboarding;
  return deps.database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: ERASURE, now: deps.now() };
    const before = await countVisibleResidue(tx, tenantId);
    const secrets = await deps.parts.destroySecrets(ctx, tenantId);
    await recordTombstone(ctx, { tenantId, productId, reason: `offboarded: ${offboarding.cause}` });
    // Events name the tenant and hang on nothing.
    await tx.query('delete from events where tenant_id = $1', [tenantId]);
    const { rowCount } = await tx.query('delete from tenants where id = $1', [tenantId]);
    const left = unexpectedResidue(await countVisibleResidue(tx, tenantId));
    if (left.length > 0) throw notEmpty(tenantId, left);
    await recordHistory(ctx, {
      tenantId,
      operation: 'deleted',
      from: null,
      to: null,
      authority: offboarding.authority,
    });
    const audit = await eraseAuditPayloads(ctx, { tenantId, reason: `offboarding: ${reason}` });
    return {
      tenant_rows: rowCount,
      tables: Object.fromEntries(
        before
          .filter(({ rows, retained }) => rows > 0 && retained === undefined)
          .map(({ table, rows }) => [table, rows]),
      ),
      secrets,
      audit_payloads_emptied: audit,
    };
  });
}

const notEmpty = (tenantId: string, left: readonly TableResidue[]): TenantryError => {
  const where = left.map(({ table, rows }) => `${table} (${rows})`);
  return new TenantryError('tenant.not_empty', `Rows of the tenant ${tenantId} would stay in ${where.join(', ')}.`, {
    facts: { tenant: tenantId, where },
  });
};

/** Counts once more, by roles that see every row, and writes the certificate of what is gone and of what is not. */
async function prove(deps: DeletionDeps, offboarding: Offboarding): Promise<Facts> {
  const { id, tenantId } = offboarding;
  const residue = await assertTenantGone(deps.database, tenantId);
  const product = await deps.parts.deleteProductRows(offboarding);
  await deps.parts.removeExports(tenantId);
  return deps.database.transaction('worker', async (tx) => {
    const now = deps.now();
    const ctx = { tx, actor: ERASURE, now };
    const certificate = certificateOf(offboarding, {
      now,
      tables: residue,
      product,
      backups: await deps.parts.backupsThatRemain(tx, offboarding),
    });
    const hash = sha256(canonicalJson(certificate));
    await tx.query(`update tenant_offboardings set state = 'deleted', ended_at = $2, certificate = $3 where id = $1`, [
      id,
      now,
      JSON.stringify({ ...certificate, sha256: hash }),
    ]);
    await recordAudit(ctx, {
      action: 'tenant.erased',
      tenantId,
      subject: { kind: 'tenant', id: tenantId },
      detail: { offboarding: id, certificate_sha256: hash },
    });
    return { sha256: hash };
  });
}

interface Proof {
  readonly now: Date;
  readonly tables: readonly TableResidue[];
  readonly product: Facts;
  readonly backups: readonly Facts[];
}

function certificateOf(offboarding: Offboarding, { now, tables, product, backups }: Proof) {
  const { steps } = offboarding;
  return {
    schema: 'tenantry.erasure-certificate/1',
    tenant: {
      id: offboarding.tenantId,
      slug: offboarding.slug,
      name: offboarding.name,
      product: offboarding.productId,
    },
    offboarding: {
      cause: offboarding.cause,
      authority: offboarding.authority,
      second_authority: offboarding.secondAuthority,
      erasure_request: offboarding.erasureRequest,
      announced_at: offboarding.announcedAt.toISOString(),
      access_ended_at: offboarding.offboardedAt?.toISOString() ?? null,
      deleted_at: now.toISOString(),
    },
    deleted: {
      control_plane: steps.registry?.tables ?? {},
      product: steps.product ?? {},
      secrets: steps.registry?.secrets ?? {},
    },
    left: {
      control_plane: tables
        .filter(({ retained }) => retained === undefined)
        .map(({ table, rows }) => ({ table, rows })),
      product,
    },
    kept_on_purpose: tables.flatMap(({ table, rows, retained }) =>
      retained === undefined || rows === 0 ? [] : [{ table, rows, why: retained }],
    ),
    final_backup: steps.backup ?? {},
    backups_that_still_hold_rows: backups,
    said_plainly: [
      "The tenant's own backups, exports and sealed values cannot be read any more: the key they were sealed with is destroyed.",
      'Backups of whole databases listed here still hold its rows until they expire; every restore leaves the tenant out.',
      'Bytes of deleted rows and keys leave the data files when PostgreSQL next vacuums them, and archived WAL when that expires.',
    ],
  };
}

export interface HastenInput {
  readonly tenantId: string;
  readonly reason: string;
  readonly authority?: string | undefined;
}

/**
 * Deletes at once what would have waited for its retention, as a person's right to erasure asks.
 *
 * @throws tenant.illegal_transition when the tenant has not ended yet, or a legal hold keeps its data
 */
export async function hastenDeletion(ctx: Ctx, { tenantId, reason, authority }: HastenInput): Promise<Offboarding> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const open = await findOpenOffboarding(ctx.tx, tenantId);
  const found = open === undefined ? undefined : await lockOffboarding(ctx.tx, open.id, ['offboarded']);
  if (found === undefined || found.holdReason !== null) {
    const why =
      found === undefined ? 'has not ended yet, or its data is being deleted' : `is held: ${found.holdReason}`;
    throw new TenantryError(
      'tenant.illegal_transition',
      `The data of ${tenant.slug} cannot be deleted now: it ${why}.`,
      {
        facts: { status: tenant.status },
        next: found === undefined ? 'Offboard the tenant first.' : 'Have the legal hold lifted first.',
      },
    );
  }
  const { rows } = await ctx.tx.query<Offboarding>(
    `update tenant_offboardings set delete_after = $2, delete_data = true where id = $1 returning ${OFFBOARDING_COLUMNS}`,
    [found.id, ctx.now],
  );
  await recordHistory(ctx, { tenantId, operation: 'deletion_hastened', from: null, to: null, reason, authority });
  await recordAudit(ctx, {
    action: 'tenant.deletion_hastened',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    reason,
  });
  return rows[0] as Offboarding;
}
