import type { Database } from '../../db/index.ts';
import { loadEnvironment } from '../../products/index.ts';
import { type Keyring, openSecret } from '../../vault/index.ts';
import { loadRunbook } from '../library/index.ts';
import type { RunRecord } from '../runs/index.ts';
import { type Connections, openConnections } from './action-context.ts';
import type { AttemptRow } from './attempt-row.ts';
import { reachOfConnections } from './reach.ts';
import { type ReadTenantTexts, readsTenantTexts, type TenantTexts } from './tenant-texts.ts';

/** What a step works with beside its input. */
export interface Surrounding {
  /** Secrets opened. */
  readonly connections: Connections;
  /** Templates and fixtures of the runbook. */
  readonly files: Readonly<Record<string, string>>;
  /** Read anew for each attempt, as the one before may have changed it; undefined where no template asks. */
  readonly tenantTexts: TenantTexts | undefined;
}

type Environs = Omit<Surrounding, 'tenantTexts'>;

export interface Surroundings {
  of(attempt: AttemptRow, run: RunRecord): Promise<Surrounding>;
}

interface Deps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
  readonly tenantTexts: ReadTenantTexts;
}

/** Steps that follow each other in one job within this time read their environment once. */
const FRESH_MS = 1_000;

/** For one job: another job reads anew what people may have changed. */
export function openSurroundings(deps: Deps): Surroundings {
  const read = new Map<string, { readonly at: number; readonly environs: Environs }>();
  const environsOf = async (attempt: AttemptRow, run: RunRecord): Promise<Environs> => {
    const at = deps.now().getTime();
    const known = read.get(attempt.environment);
    if (known !== undefined && at - known.at < FRESH_MS) return known.environs;
    const environs = await readEnvirons(deps, attempt, run);
    read.set(attempt.environment, { at, environs });
    return environs;
  };
  return {
    of: async (attempt, run) => {
      const environs = await environsOf(attempt, run);
      return { ...environs, tenantTexts: await textsFor(deps, environs, run) };
    },
  };
}

async function textsFor(deps: Deps, { files }: Environs, run: RunRecord): Promise<TenantTexts | undefined> {
  const { tenantId } = run.meta;
  if (tenantId === null || !readsTenantTexts(files)) return undefined;
  return deps.database.transaction('worker', (tx) => deps.tenantTexts(tx, tenantId));
}

async function readEnvirons(deps: Deps, attempt: AttemptRow, run: RunRecord): Promise<Environs> {
  return deps.database.transaction('worker', async (tx) => {
    const { files } = await loadRunbook(tx, run.runbook.id, run.runbook.version);
    if (run.meta.productId === null) return { connections: {}, files };
    const environment = await loadEnvironment(tx, run.meta.productId, attempt.environment);
    const ctx = { tx, actor: { kind: 'system', part: 'connections' } as const, now: deps.now(), keyring: deps.keyring };
    const within = reachOfConnections(attempt, run);
    const connections = await openConnections(environment.connections, (ref) =>
      openSecret(ctx, ref, { purpose: `connection for step ${attempt.step} of run ${run.id}`, within }),
    );
    return { connections, files };
  });
}
