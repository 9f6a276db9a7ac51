/** What `tenantry up` is asked for. */
export interface UpOptions {
  readonly development?: boolean;
  readonly app?: string;
  readonly onboard?: string;
  readonly client?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly port?: string;
  readonly host?: string;
  readonly owner?: string;
  readonly ownerName?: string;
}

/** What `tenantry worker` is asked for. */
export interface WorkerOptions {
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly development?: boolean;
  readonly concurrency?: string;
}

/** Where a stopped control plane lies: `tenantry backup restore --self`. */
export interface OfflineOptions {
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly development?: boolean;
  readonly yes?: boolean;
  readonly files?: boolean;
}
