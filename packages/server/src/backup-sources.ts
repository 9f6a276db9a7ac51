/** What backups are handed: databases of products, keys of the vault, and who was erased. Here the domains meet. */
import { TenantryError } from '@tenantry/contract';
import type { Ctx } from './access/index.ts';
import type { BackupSources, Source, SourceDatabase, SourceRequest } from './backups/index.ts';
import { isSecretRef } from './connectors/kit/index.ts';
import {
  connectPostgres,
  type OpenedPostgres,
  postgresFault,
  postgresSettings,
  programEnvironment,
} from './connectors/postgres/index.ts';
import { type Environment, loadEnvironment, loadProduct, type ProductDatabase } from './products/index.ts';
import { listTombstones, loadTenant } from './tenants/index.ts';
import { type Keyring, keepKey, openKeptKey, openSecret } from './vault/index.ts';

export const backupSources = (keyring: Keyring): BackupSources => ({
  open: (ctx, request, databases) => openSource(ctx, keyring, request, databases),
  placeOf: async ({ tx }, tenantId) => {
    const { id, slug, productId, clientId } = await loadTenant(tx, tenantId);
    return { id, slug, productId, clientId };
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
    connect: () => connectPostgres(main),
    connectToRestore: () => connectPostgres(restore),
    connectToTest: () => connectPostgres(test),
    fault: (error, signal) => postgresFault(main, error, signal),
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
