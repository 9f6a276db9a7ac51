/** Small repeated duties of a running control plane. A duty that fails is told once and tried again. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemActor } from './access/index.ts';
import { type CheckpointSigner, sealAudit, signCheckpoint } from './audit/index.ts';
import type { Database } from './db/index.ts';
import { purgeIdempotencyKeys } from './http/index.ts';
import { purgeMetrics } from './hypercare/index.ts';
import { type Keyring, wipeExpired } from './vault/index.ts';

export type Duty = readonly [name: string, everyMs: number, work: () => Promise<unknown>];

export interface BackgroundDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly signer: CheckpointSigner;
  readonly now: () => Date;
  readonly metricsKeepDays: number;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
  /** Those of other parts. */
  readonly more: readonly Duty[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Starts them; the function returned stops them and waits for the one under way. */
export function startBackground(deps: BackgroundDeps): () => Promise<void> {
  const { database, now } = deps;
  const stopping = new AbortController();
  const duties: readonly Duty[] = [
    ...deps.more,
    ['seal the audit log', SECOND, () => sealAudit(database)],
    ['sign a checkpoint', MINUTE, () => signCheckpoint(database, deps.signer, { now: now() })],
    [
      'forget idempotency keys',
      60 * MINUTE,
      () => database.transaction('worker', (tx) => purgeIdempotencyKeys({ tx, now: now() })),
    ],
    [
      'forget old figures of tenants',
      60 * MINUTE,
      () =>
        database.transaction('worker', (tx) => purgeMetrics({ tx, now: now() }, { keepDays: deps.metricsKeepDays })),
    ],
    [
      'wipe expired secrets',
      10 * MINUTE,
      () =>
        database.transaction('worker', (tx) =>
          wipeExpired({ tx, actor: systemActor('vault'), now: now(), keyring: deps.keyring }),
        ),
    ],
  ];
  // Each of them listens for the end.
  setMaxListeners(duties.length + 1, stopping.signal);
  const loops = duties.map(([name, everyMs, work]) =>
    repeat({ name, everyMs, work, log: deps.log, signal: stopping.signal }),
  );
  return async () => {
    stopping.abort();
    await Promise.all(loops);
  };
}

interface Repetition {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
  readonly log: BackgroundDeps['log'];
  readonly signal: AbortSignal;
}

async function repeat({ name, everyMs, work, log, signal }: Repetition): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      await work();
      failing = false;
    } catch (error) {
      if (!failing) log(`could not ${name}; trying again`, { error: String(error) });
      failing = true;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
