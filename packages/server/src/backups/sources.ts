/** What backups are handed by the composition root: they know neither products nor the vault. */
import type pg from 'pg';
import type { Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';

/** One database of a product, and how the rows of a tenant are known in it. */
export interface SourceDatabase {
  /** As the product's profile and the names of files have it. */
  readonly name: string;
  /** The table with one row for each tenant, and the column with its id; undefined where no tenant has rows of its own. */
  readonly tenants: { readonly table: string; readonly column: string } | undefined;
  readonly tenantColumn: string;
  /** Tables whose rows are not worth keeping, such as sessions: neither saved nor brought back. */
  readonly leaveOut: readonly string[];
  /** How its server is named to a reader; never with a password. */
  readonly system: string;
  /** A connection of its own, for the one who asks to end. @throws connector.unreachable, connector.unauthorized */
  connect(signal?: AbortSignal): Promise<pg.Client>;
  /** The same as the role that brings whole databases back, which may be another. */
  connectToRestore(signal?: AbortSignal): Promise<pg.Client>;
  /** A database of the same schema to test in: one set aside for that, else the database itself. */
  connectToTest(signal?: AbortSignal): Promise<pg.Client>;
  /** What the driver or the server said, in the closed set of connectors. */
  /** `committing`: a COMMIT was on its way, so what it was to keep may be there. */
  fault(error: unknown, signal?: AbortSignal, committing?: boolean): unknown;
  /** The environment that `pg_dump` and its like read their connection from. */
  programEnvironment(use: 'save' | 'restore'): Readonly<Record<string, string>>;
}

export interface Source {
  readonly product: string;
  readonly environment: string;
  readonly databases: readonly SourceDatabase[];
}

export interface SourceRequest {
  readonly product: string;
  readonly environment: string;
}

/** What the backup of the control plane itself is handed. */
export interface SelfParts {
  /** Seals under a master key, which no backup holds. */
  sealWithMaster(bytes: Buffer, context: readonly unknown[]): MasterSealed;
  /** @throws vault.key_missing, vault.unreadable */
  openWithMaster(sealed: MasterSealed, context: readonly unknown[]): Buffer;
  /** Ids of the master keys, to say which are needed to open what is saved. */
  readonly masterKeys: readonly string[];
  /** The data keys that live, as JSON; sealed under master keys. */
  copyKeys(tx: Tx): Promise<readonly KeyCopy[]>;
  parseKeys(value: unknown): readonly KeyCopy[];
  /** Changes with every change of a key. */
  keysMark(tx: Tx): Promise<string>;
  /** Tables that keep rows of an erased tenant on purpose. */
  readonly retained: readonly string[];
}

export interface MasterSealed {
  readonly master: string;
  readonly nonce: string;
  readonly box: string;
}

export interface KeyCopy {
  readonly id: string;
  readonly tenant_id: string | null;
  readonly version: number;
  readonly key_id: string;
  readonly nonce: string;
  readonly wrapped: string;
  readonly created_at: string;
  readonly retired_at: string | null;
}

/** Keys of backups under keys of the vault, in the words of a header: base64. */
export interface SealedKey {
  readonly vault: string;
  readonly nonce: string;
  readonly box: string;
}

export interface Tombstone {
  readonly tenantId: string;
  readonly productId: string;
  readonly erasedAt: Date;
}

export interface BackupSources {
  /**
   * The databases of a product's environment: all of its set, or those named.
   *
   * @throws product.not_found; backup.refused when the profile names no database, or none of that name
   */
  open(ctx: Ctx, request: SourceRequest, databases?: readonly string[]): Promise<Source>;
  /** Which databases the environment has connections to, and which of these connections no backup covers (CH-30). */
  coverage(ctx: Ctx, request: SourceRequest, databases?: readonly string[]): Promise<Coverage>;
  /** Where a tenant lives, by id or slug. @throws tenant.not_found */
  placeOf(ctx: Ctx, idOrSlug: string): Promise<TenantPlace>;
  /** Of the run a step belongs to. */
  productOfRun(tx: Tx, runId: string): Promise<string | undefined>;
  sealKey(ctx: Ctx, tenantId: string | null, key: Buffer, context: readonly unknown[]): Promise<SealedKey>;
  /** @throws vault.unreadable when the tenant's key was destroyed */
  openKey(ctx: Ctx, sealed: SealedKey, context: readonly unknown[]): Promise<Buffer>;
  /** Tenants that were erased, of one product or of all. */
  tombstones(tx: Tx, product?: string): Promise<readonly Tombstone[]>;
}

export interface Coverage {
  readonly databases: readonly string[];
  /** Names of postgres connections. */
  readonly missing: readonly string[];
}

export interface TenantPlace {
  readonly id: string;
  readonly slug: string;
  readonly productId: string;
  readonly clientId: string | null;
}
