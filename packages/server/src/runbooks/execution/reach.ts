/** Which vault entries one attempt may reach, and the search through them. */
import type { Database } from '../../db/index.ts';
import { findSecretsIn, type Keyring, type Reach } from '../../vault/index.ts';
import type { RunRecord } from '../runs/index.ts';
import type { AttemptRow } from './attempt-row.ts';

interface Deps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
}

/** Entries of the run itself and of its tenant. */
export const reachOfRun = (run: RunRecord): Reach => ({
  owner: { kind: 'run', id: run.id },
  ...(run.meta.tenantId === null ? {} : { tenantId: run.meta.tenantId }),
});

/** Entries of the connections of the environment the attempt works in. */
export const reachOfConnections = (attempt: AttemptRow, run: RunRecord): Reach => ({
  owner: { kind: 'connection', id: `${run.meta.productId}/${attempt.environment}` },
});

/** Labels of the living secrets of the run, its tenant and its connections that a text holds in clear (PSEC-09). */
export const findSecrets = (
  deps: Deps,
  attempt: AttemptRow,
  run: RunRecord,
  text: string,
): Promise<readonly string[]> =>
  deps.database.transaction('worker', (tx) => {
    const actor = { kind: 'run', runId: run.id, stepId: attempt.step } as const;
    const within = [reachOfRun(run), ...(run.meta.productId === null ? [] : [reachOfConnections(attempt, run)])];
    return findSecretsIn({ tx, actor, now: deps.now(), keyring: deps.keyring }, text, within);
  });
