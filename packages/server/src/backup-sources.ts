/** What backups are handed: databases of products, keys of the vault, and who was erased. Here the domains meet. */
import { isUuid, TenantryError } from '@tenantry/contract';
import type { Ctx } from './access/index.ts';
import type { Duty } from './background.ts';
import {
  type BackupDeps,
  type BackupSources,
  type Coverage,
  keepSchedules,
  keepSelfBackups,
  keysFileKeeper,
  pruneBackups,
  type SelfParts,
  type Source,
  type SourceDatabase,
  type SourceRequest,
} from './backups/index.ts';
import type { Config } from './config.ts';
import { isSecretRef } from './connectors/kit/index.ts';
import {
  connectPostgres,
  type OpenedPostgres,
  postgresFault,
  postgresSettings,
  programEnvironment,
} from './connectors/postgres/index.ts';
import type { Database } from './db/index.ts';
import { type Environment, loadEnvironment, loadProduct, type ProductDatabase } from './products/index.ts';
import { findTenant, findTenantBySlug, listTombstones, RETAINED_TABLES } from './tenants/index.ts';
import {
  copyDataKeys,
  dataKeysMark,
  type Keyring,
  keepKey,
  openKeptKey,
  openSecret,
  openWithMaster,
  parseCopiedKeys,
  sealWithMaster,
} from './vault/index.ts';

export interface BackupParts {
  readonly config: Pick<Config, 'backupDir' | 'backupKeysDir' | 'backupSelf' | 'pgToolsDir'>;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
}

export const backupDeps = ({ config, database, keyring, now }: BackupParts): BackupDeps => ({
  database,
  sources: backupSources(keyring),
  self: selfParts(keyring),
  folder: config.backupDir,
  keysFolder: config.backupKeysDir,
  toolsFolder: config.pgToolsDir,
  now,
});

const MINUTE = 60_000;

/** What a running control plane does about backups by itself. `signal` ends what is under way. */
export function backupDuties(deps: BackupDeps, every: Config['backupSelf'], signal: AbortSignal): readonly Duty[] {
  const keepKeys = keysFileKeeper(deps);
  return [
    ['take the backups that are due', MINUTE, () => keepSchedules(deps, { signal })],
    ["keep the copy of the vault's data keys", MINUTE, keepKeys],
    ['delete backups whose time is over', 60 * MINUTE, () => pruneBackups(deps)],
    ...(every === 'off'
      ? []
      : [['back the control plane up', 10 * MINUTE, () => keepSelfBackups(deps, every, { signal })] as const]),
  ];
}

export const backupSources = (keyring: Keyring): BackupSources => ({
  open: (ctx, request, databases) => openSource(ctx, keyring, request, databases),
  coverage: (ctx, request, databases) => coverageOf(ctx, keyring, request, databases),
  placeOf: async ({ tx }, idOrSlug) => {
    const found = isUuid(idOrSlug) ? await findTenant(tx, idOrSlug) : await findTenantBySlug(tx, idOrSlug);
    if (found !== undefined) {
      return { id: found.id, slug: found.slug, productId: found.productId, clientId: found.clientId };
    }
    throw new TenantryError('tenant.not_found', `There is no tenant ${idOrSlug}.`, { next: 'Check the id or slug.' });
  },
  productOfRun: async (tx, runId) => {
    const { rows } = await tx.query<{ product_id: string | null }>('select product_id from runs where id = $1', [
      runId,
    ]);
    return rows[0]?.product_id ?? undefined;
  },
  sealKey: async (ctx, tenantId, key, context) => {
    const { dataKeyId, nonce, box } = await keepKey({ ...ctx, keyring }, { tenantId, key, context });
    return { vault: dataKeyId, nonce: nonce.toString('base64'), box: box.toString('base64') };
  },
  openKey: (ctx, { vault, nonce, box }, context) =>
    openKeptKey(
      { ...ctx, keyring },
      { dataKeyId: vault, nonce: Buffer.from(nonce, 'base64'), box: Buffer.from(box, 'base64') },
      context,
    ),
  tombstones: listTombstones,
});

/** What the control plane's backup of itself is handed. */
export const selfParts = (keyring: Keyring): SelfParts => ({
  sealWithMaster: (bytes, context) => sealWithMaster(keyring, bytes, context),
  openWithMaster: (sealed, context) => openWithMaster(keyring, sealed, context),
  masterKeys: keyring.ids,
  copyKeys: copyDataKeys,
  parseKeys: parseCopiedKeys,
  keysMark: dataKeysMark,
  retained: Object.keys(RETAINED_TABLES),
});

async function openSource(
  ctx: Ctx,
  keyring: Keyring,
  { product, environment }: SourceRequest,
  wanted: readonly string[] | undefined,
): Promise<Source> {
  const { profile } = await loadProduct(ctx.tx, product);
  const declared = profile.databases;
  const missing = wanted?.find((name) => !declared.some((each) => each.name === name));
  if (missing !== undefined || declared.length === 0) throw notDeclared(product, missing);
  const place = await loadEnvironment(ctx.tx, product, environment);
  const chosen = declared.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const databases: SourceDatabase[] = [];
  for (const each of chosen) databases.push(await openDatabase(ctx, keyring, each, place));
  return { product, environment, databases };
}

/** Two connections lead to one database when host, port and name are the same; whose role it is does not matter. */
async function coverageOf(
  ctx: Ctx,
  keyring: Keyring,
  { product, environment }: SourceRequest,
  wanted: readonly string[] | undefined,
): Promise<Coverage> {
  const { profile } = await loadProduct(ctx.tx, product);
  const place = await loadEnvironment(ctx.tx, product, environment);
  const chosen = profile.databases.filter(({ name }) => wanted === undefined || wanted.includes(name));
  const addresses = new Map<string, string>();
  for (const name of Object.keys(place.connections.postgres ?? {})) {
    const { PGHOST, PGPORT, PGDATABASE } = programEnvironment(
      (await openConnection(ctx, keyring, place, name)).settings,
    );
    addresses.set(name, JSON.stringify([PGHOST, PGPORT, PGDATABASE]));
  }
  const saved = new Set(chosen.map(({ connection }) => addresses.get(connection)));
  return {
    databases: chosen.map(({ name }) => name),
    missing: [...addresses].flatMap(([name, address]) => (saved.has(address) ? [] : [name])),
  };
}

const notDeclared = (product: string, name: string | undefined): TenantryError =>
  new TenantryError(
    'backup.refused',
    name === undefined
      ? `The profile of ${product} names no database.`
      : `The profile of ${product} names no database ${name}.`,
    { facts: { product }, next: 'Name it under `databases` of the product profile, with its connection.' },
  );

async function openDatabase(
  ctx: Ctx,
  keyring: Keyring,
  database: ProductDatabase,
  place: Environment,
): Promise<SourceDatabase> {
  const open = (name: string): Promise<OpenedPostgres> => openConnection(ctx, keyring, place, name);
  const main = await open(database.connection);
  const restore = database.restore_connection === undefined ? main : await open(database.restore_connection);
  const test = database.test_connection === undefined ? main : await open(database.test_connection);
  return {
    name: database.name,
    tenants: database.tenants,
    tenantColumn: database.tenant_column,
    leaveOut: database.leave_out,
    system: main.system,
    connect: (signal) => connectPostgres(main, signal),
    connectToRestore: (signal) => connectPostgres(restore, signal),
    connectToTest: (signal) => connectPostgres(test, signal),
    fault: (error, signal, committing) => postgresFault(main, error, signal, committing),
    programEnvironment: (use) => programEnvironment((use === 'save' ? main : restore).settings),
  };
}

async function openConnection(ctx: Ctx, keyring: Keyring, place: Environment, name: string): Promise<OpenedPostgres> {
  const stored = place.connections.postgres?.[name];
  if (stored === undefined) {
    throw new TenantryError('config.invalid', `The environment ${place.name} has no postgres connection ${name}.`, {
      facts: { environment: place.name, connection: name },
      next: 'Add it to the environment of the product.',
    });
  }
  const within = { owner: { kind: 'connection', id: `${place.productId}/${place.name}` } } as const;
  const entries = await Promise.all(
    Object.entries(stored).map(async ([key, value]): Promise<readonly [string, unknown]> => {
      if (!isSecretRef(value)) return [key, value];
      return [key, await openSecret({ ...ctx, keyring }, value, { purpose: 'connection of a backup', within })];
    }),
  );
  const parsed = postgresSettings.safeParse(Object.fromEntries(entries));
  if (parsed.success) return { settings: parsed.data, system: `PostgreSQL "${name}" of ${place.productId}` };
  throw new TenantryError('config.invalid', `The postgres connection ${name} does not fit its schema.`, {
    faults: parsed.error.issues.map((issue) => ({
      path: `postgres.${name}.${issue.path.join('.')}`,
      message: issue.message,
    })),
  });
}
