/** Putting work on the queue, always inside the transaction that makes the work necessary. */
import type { Tx } from '../db/index.ts';

export interface Job {
  readonly task: string;
  /** Ids only; never data of a tenant. */
  readonly payload: Readonly<Record<string, string | number | boolean>>;
  /** A second job with the same key replaces the first while it has not started. */
  readonly key?: string;
  readonly runAt?: Date;
}

/** Enqueued when the transaction commits, and not at all when it does not. */
export async function enqueue(tx: Tx, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  await tx.query({ name: 'enqueue_jobs', text: 'select tenantry.enqueue_jobs($1::jsonb)' }, [JSON.stringify(jobs)]);
}

/** Takes back a job that has not started. */
export async function cancelJob(tx: Tx, key: string): Promise<void> {
  await tx.query({ name: 'cancel_job', text: 'select tenantry.cancel_job($1)' }, [key]);
}
