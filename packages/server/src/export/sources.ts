/** What an export is handed by the composition root: it knows neither tenants nor products. */
import type { Ctx } from '../access/index.ts';
import type { Database } from '../db/index.ts';

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
}

export interface ProductDatabases {
  /** Each under one view of it. */
  each(signal: AbortSignal, visit: (rows: ProductRows) => Promise<void>): Promise<void>;
}

export interface ExportDeps {
  readonly database: Database;
  readonly sources: ExportSources;
  readonly now: () => Date;
}
