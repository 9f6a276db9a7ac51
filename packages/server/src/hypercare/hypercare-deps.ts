import type { Ctx } from '../access/index.ts';
import type { ActionContext } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';

/** A finding that was opened just now, for whoever is told of it. */
export interface OpenedFinding {
  readonly number: number;
  readonly title: string;
}

/** Handed in by the composition root: users and mails belong to other domains. */
export interface HypercareDeps {
  readonly database: Database;
  /** Users of the tenant that have a place. */
  countUsers(tx: Tx, tenantId: string): Promise<number>;
  /** Tells who holds a role of the run, in the same transaction; told again, nobody hears it twice. */
  tellFindings(ctx: Ctx, telling: Telling): Promise<void>;
}

export interface Telling {
  readonly runId: string;
  readonly tenant: { readonly id: string; readonly slug: string };
  /** Role of the runbook. */
  readonly role: string;
  readonly findings: readonly OpenedFinding[];
}

/** In one transaction, on the authority of the run's step. */
export const asStep = <T>({ database }: HypercareDeps, ctx: ActionContext, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('worker', (tx) =>
    fn({ tx, now: ctx.now, actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id } }),
  );

export const reading = <T>({ database }: HypercareDeps, fn: (tx: Tx) => Promise<T>): Promise<T> =>
  database.transaction('worker', fn);
