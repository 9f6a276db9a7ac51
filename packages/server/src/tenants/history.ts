import { and, desc, eq, lt } from 'drizzle-orm';
import { type Actor, actorLabel, type Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { tenantHistory } from './tables.ts';

/** One line of a tenant's life (LIFE-35). */
export type HistoryEntry = typeof tenantHistory.$inferSelect;

export interface NewHistoryEntry {
  readonly tenantId: string;
  readonly operation: string;
  readonly from: Readonly<Record<string, unknown>> | null;
  readonly to: Readonly<Record<string, unknown>> | null;
  /** On whose word, e.g. `contract 2026-114` or `approval of …`; else that of the actor. */
  readonly authority?: string | undefined;
  readonly reason?: string | undefined;
  readonly key?: string | undefined;
  readonly undoOf?: number | undefined;
}

export const runOf = (actor: Actor): string | null => (actor.kind === 'run' ? actor.runId : null);

/** The actor as rows keep it: who, not what they may. */
export function describeActor(actor: Actor): Readonly<Record<string, unknown>> {
  const label = actorLabel(actor);
  switch (actor.kind) {
    case 'person':
      return { kind: actor.kind, id: actor.id, label, roles: actor.roles, development: actor.development };
    case 'user':
      return { kind: actor.kind, id: actor.userId, label };
    case 'run':
      return { kind: actor.kind, id: actor.runId, stepId: actor.stepId, label };
    case 'system':
      return { kind: actor.kind, id: actor.part, label };
  }
}

/** Appends one line and gives its number. */
export async function recordHistory(ctx: Ctx, entry: NewHistoryEntry): Promise<number> {
  const [row] = await ctx.tx.orm
    .insert(tenantHistory)
    .values({
      ...entry,
      actor: describeActor(ctx.actor),
      authority: entry.authority ?? actorLabel(ctx.actor),
      at: ctx.now,
      runId: runOf(ctx.actor),
    })
    .returning({ id: tenantHistory.id });
  return row?.id ?? 0;
}

/** Newest first; `before` is the number of the last line of the page before. */
export async function listHistory(
  tx: Tx,
  tenantId: string,
  { before, limit = 100 }: { readonly before?: number; readonly limit?: number } = {},
): Promise<readonly HistoryEntry[]> {
  return tx.orm
    .select()
    .from(tenantHistory)
    .where(and(eq(tenantHistory.tenantId, tenantId), before === undefined ? undefined : lt(tenantHistory.id, before)))
    .orderBy(desc(tenantHistory.id))
    .limit(Math.min(limit, 500));
}
