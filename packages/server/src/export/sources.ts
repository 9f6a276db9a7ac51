/** What an export is handed by the composition root: it knows neither tenants nor products. */
import type { Readable } from 'node:stream';
import type { Ctx } from '../access/index.ts';
import type { Database, Tx } from '../db/index.ts';
import type { LinkReader } from './core/link.ts';
import type { ByteRange } from './core/range.ts';

export interface ExportTenant {
  readonly id: string;
  readonly slug: string;
  readonly productId: string;
}

/** Rows of one tenant in one table, as often as they are asked for. */
export interface TenantRows {
  /** Without its schema. */
  readonly table: string;
  readonly database: string;
  readonly columns: readonly string[];
  /**
   * Of these columns alone, in the order of the key: each row the text of a JSON object on a line of its own, in pieces
   * that end where a line does.
   */
  lines(columns: readonly string[]): AsyncIterable<Buffer>;
  /** How many rows there are and how many bytes they take up, counted no further than `rowsMax`. */
  size(rowsMax: number): Promise<RowsSize>;
}

export interface RowsSize {
  readonly rows: number;
  readonly bytes: number;
}

export interface ProductRows {
  readonly tables: readonly TenantRows[];
  /** Tables whose rows are not kept anywhere, such as sessions. */
  readonly leftOut: readonly string[];
}

export interface ExportSources {
  /** The tenant, for somebody who may export it. @throws tenant.not_found, access.forbidden */
  tenantOf(ctx: Ctx, idOrSlug: string): Promise<ExportTenant>;
  /** What the tenant bought and how it is set up: the content of `settings.json`. */
  settingsOf(ctx: Ctx, tenantId: string): Promise<Readonly<Record<string, unknown>>>;
  /**
   * The databases of the product, found to be there and readable; none when the product names none.
   *
   * @throws export.unavailable
   */
  openDatabases(tenant: ExportTenant): Promise<ProductDatabases>;
  /** @throws export.unavailable once the deletion of the tenant's data has begun: what is read would not be whole */
  assertWhole(tx: Tx, tenantId: string): Promise<void>;
  /** Whether somebody with a link may have the archive now: links of a tenant are as open as the tenant is. */
  mayDownload(tx: Tx, tenantId: string, reader: LinkReader): Promise<boolean>;
}

export interface ProductDatabases {
  /** Each under one view of it. */
  each(signal: AbortSignal, visit: (rows: ProductRows) => Promise<void>): Promise<void>;
}

/** Which archive: its name in the store is made of it. */
export interface ExportPlace {
  readonly tenantId: string;
  readonly exportId: string;
  /** Of the worker that wrote it. */
  readonly attempt: number;
}

export interface StoredArchive {
  readonly file: string;
  /** Of the archive, as it is downloaded. */
  readonly bytes: number;
  readonly sha256: string;
  /** How the store opens it again. */
  readonly seal: Readonly<Record<string, unknown>>;
}

/** Where archives lie until they are downloaded, sealed under keys of their tenants. */
export interface ExportStore {
  /** Whole and on the disk when it answers; nothing is left of one that fails. @throws export.unavailable */
  write(place: ExportPlace, content: Readable, signal: AbortSignal): Promise<StoredArchive>;
  /** Those bytes of it. The key is opened in the transaction of the caller. @throws vault.unreadable */
  open(ctx: Ctx, place: ExportPlace, archive: StoredArchive): Promise<(range: ByteRange) => Readable>;
  /** What links to it are signed with: gone with the keys of the tenant. @throws vault.unreadable */
  linkKey(ctx: Ctx, place: ExportPlace, archive: StoredArchive): Promise<Buffer>;
  remove(place: Pick<ExportPlace, 'tenantId'> & { readonly file: string }): Promise<void>;
  /** Everything that lies there, what was not finished included. */
  list(): Promise<readonly StoredFile[]>;
}

export interface StoredFile extends ExportPlace {
  readonly file: string;
}

/** From which size on an export is work for a worker, and how long its archive is kept. */
export interface ExportLimits {
  readonly directRowsMax: number;
  readonly directBytesMax: number;
  readonly keepMs: number;
}

export interface ExportDeps {
  readonly database: Database;
  readonly sources: ExportSources;
  readonly store: ExportStore;
  readonly limits: ExportLimits;
  /** Stands in links; no slash at its end. */
  readonly publicUrl: string;
  readonly now: () => Date;
}
