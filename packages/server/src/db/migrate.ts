import { isTenantryError, TenantryError } from '@tenantry/contract';
import pg from 'pg';
import { clientConfig } from './connection.ts';
import type { Database } from './database.ts';
import { toDatabaseError } from './errors.ts';
import { type Migration, readMigrations } from './migrations.ts';
import { DATABASE_ROLES, SEARCH_PATH } from './roles.ts';

export interface MigrateReport {
  /** Names of the migrations this call applied, in order. */
  readonly applied: readonly string[];
  /** Names in the database that a newer release put there and that this one can live with. */
  readonly ahead: readonly string[];
}

/** Any number will do as long as nothing else in the database uses it; this one spells "tnry". */
const LOCK_KEY = 0x746e7279;

/**
 * Brings the database up to this release. Each migration is a transaction of its own under an advisory lock taken in
 * that transaction, so any number of processes may start at once, behind a transaction pooler too.
 *
 * Forced row-level security holds for the owner as well: a migration that rewrites rows of a tenant table says
 * `alter table … no force row level security` before and `force` after.
 *
 * Throws `database.too_new` when a newer release left a breaking migration, `database.migration_edited` when an
 * applied file has changed, `database.migration_failed` with file and line, `database.unavailable`.
 */
export const migrate = async (
  database: Pick<Database, 'connection'>,
  migrations?: readonly Migration[],
): Promise<MigrateReport> => {
  const known = migrations ?? (await readMigrations());
  const client = new pg.Client(clientConfig(database.connection, 'tenantry-migrate'));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const applied: string[] = [];
    for (let collisions = 0; ; ) {
      const step = await applyNext(client, known).catch((error: unknown) => {
        if (!isRoleCollision(error) || ++collisions > COLLISIONS_MAX) throw error;
      });
      if (step === undefined) continue;
      if (step.applied === undefined) return { applied, ahead: step.ahead };
      applied.push(step.applied);
    }
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
};

const COLLISIONS_MAX = 10;

/** Roles belong to the cluster, the lock to the database: migrating two databases at once can collide on a GRANT. */
const isRoleCollision = (error: unknown): boolean =>
  isTenantryError(error) && error.facts.sqlState === 'XX000' && error.message.includes('concurrently');

interface Step {
  /** Undefined when nothing was left to do. */
  readonly applied: string | undefined;
  readonly ahead: readonly string[];
}

const applyNext = async (client: pg.Client, known: readonly Migration[]): Promise<Step> => {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    const rows = await readApplied(client);
    const ahead = checkApplied(rows, known);
    const present = new Set(rows.map((row) => row.name));
    const next = known.find((migration) => !present.has(migration.name));
    if (next !== undefined) await apply(client, next);
    await client.query('commit');
    return { applied: next?.name, ahead };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
};

interface AppliedRow {
  readonly name: string;
  readonly sha256: string;
  readonly breaking: boolean;
}

const readApplied = async (client: pg.Client): Promise<readonly AppliedRow[]> => {
  const { rows } = await client.query<{ present: boolean }>(
    "select to_regclass('tenantry.tenantry_migrations') is not null as present",
  );
  if (rows[0]?.present !== true) return [];
  await client.query(`set local role ${DATABASE_ROLES.owner}`);
  const found = await client.query<AppliedRow>(
    'select name, sha256, breaking from tenantry.tenantry_migrations order by name',
  );
  await client.query('set local role none');
  return found.rows;
};

/** What a newer release applied, when this release can live with all of it. */
const checkApplied = (rows: readonly AppliedRow[], known: readonly Migration[]): readonly string[] => {
  const byName = new Map(known.map((migration) => [migration.name, migration]));
  const unknown = rows.filter((row) => !byName.has(row.name));
  const breaking = unknown.find((row) => row.breaking);
  if (breaking !== undefined) {
    throw new TenantryError('database.too_new', `A newer release changed this database (migration ${breaking.name}).`, {
      facts: { migration: breaking.name },
      next: 'Start the newer release, or restore a backup from before the upgrade.',
    });
  }
  const edited = rows.find((row) => (byName.get(row.name)?.sha256 ?? row.sha256) !== row.sha256);
  if (edited !== undefined) {
    throw new TenantryError(
      'database.migration_edited',
      `Migration ${edited.name} was changed after it had been applied to this database.`,
      {
        facts: { migration: edited.name },
        next: 'Put the file back as it was released, and make the change in a new migration.',
      },
    );
  }
  return unknown.map((row) => row.name);
};

const apply = async (client: pg.Client, migration: Migration): Promise<void> => {
  await client.query(`set local search_path = ${SEARCH_PATH}`);
  if (!migration.asLogin) await client.query(`set local role ${DATABASE_ROLES.owner}`);
  await client.query(migration.sql).catch((error: unknown) => {
    throw migrationFailed(migration, error);
  });
  await client.query(`set local role ${DATABASE_ROLES.owner}`);
  await client.query('insert into tenantry.tenantry_migrations (name, sha256, breaking) values ($1, $2, $3)', [
    migration.name,
    migration.sha256,
    migration.breaking,
  ]);
};

const INSUFFICIENT_PRIVILEGE = '42501';

const migrationFailed = (migration: Migration, thrown: unknown): unknown => {
  const error = toDatabaseError(thrown);
  if (!(error instanceof pg.DatabaseError)) return error;
  const offset = Number(error.position ?? 0);
  const line = offset > 0 ? migration.sql.slice(0, offset).split('\n').length : undefined;
  const where = line === undefined ? migration.name : `${migration.name}, line ${line}`;
  const roles = Object.values(DATABASE_ROLES);
  return new TenantryError('database.migration_failed', `Migration ${where} failed: ${error.message}.`, {
    cause: error,
    facts: { migration: migration.name, line, sqlState: error.code },
    next:
      error.code === INSUFFICIENT_PRIVILEGE && migration.asLogin
        ? `Give the login CREATEROLE and CREATE on the database, or let an administrator run: ${roles
            .map((role) => `CREATE ROLE ${role};`)
            .join(' ')} GRANT ${roles.join(', ')} TO the login; GRANT CREATE ON DATABASE … TO the login.`
        : (error.hint ?? 'Nothing of it was kept; correct the cause and start again.'),
  });
};
