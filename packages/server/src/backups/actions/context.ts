import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../../access/index.ts';
import { type ActionContext, isKnown, isWhollyKnown, type Planned } from '../../connectors/kit/index.ts';
import { KEEP_DAYS_LEAST, keepDays } from '../core/retention.ts';
import type { BackupDeps } from '../deps.ts';
import type { Subject } from '../load.ts';

/** Copies of whole databases take their time. */
export const LONG_MS = 6 * 3_600_000;

export const productField = z.string().optional().describe('Id of the product; that of the run unless given');
export const environmentField = z.string().min(1).max(50).default('production');
export const keepField = z
  .string()
  .refine((text) => isKeep(text), `expects ${KEEP_DAYS_LEAST}d or more`)
  .default(`${KEEP_DAYS_LEAST}d`);
export const stampField = z.string().regex(/^(latest|\d{8}_\d{6})$/, '`latest` or a timestamp such as 20260123_140530');

function isKeep(text: string): boolean {
  try {
    return keepDays(text) > 0;
  } catch {
    return false;
  }
}

/** A transaction on the authority of the run's step. */
export const asStep = <T>(deps: BackupDeps, ctx: ActionContext, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  deps.database.transaction('worker', (tx) => fn({ tx, now: ctx.now, actor: actorOf(ctx) }));

export const actorOf = (ctx: ActionContext) => ({ kind: 'run', runId: ctx.run.id, stepId: ctx.step.id }) as const;

/** @throws runbook.invalid when neither the step nor its run names a product */
export async function setOf(
  deps: BackupDeps,
  ctx: ActionContext,
  { product, environment }: { readonly product?: string | undefined; readonly environment: string },
): Promise<Extract<Subject, { kind: 'set' }>> {
  const own = await asStep(deps, ctx, ({ tx }) => deps.sources.productOfRun(tx, ctx.run.id));
  const chosen = product ?? own;
  if (chosen === undefined) {
    throw new TenantryError('runbook.invalid', `The step ${ctx.step.id} is about no product.`, {
      next: 'Name the product, or start the run for one.',
    });
  }
  if (own !== undefined && own !== chosen) {
    throw new TenantryError('access.forbidden', `This run is about ${own} and may not touch another product.`);
  }
  return { kind: 'set', product: chosen, environment };
}

/** Whose databases a plan is about, in words; `the product` while the input is not all known. */
export async function plannedSet(
  deps: BackupDeps,
  ctx: ActionContext,
  input: Planned<Parameters<typeof setOf>[2]>,
): Promise<string> {
  if (!isKnown(input) || !isWhollyKnown(input)) return 'the product';
  // Before a run is there, its plan cannot look up what it will be about.
  const { product } = input as Parameters<typeof setOf>[2];
  const own = await asStep(deps, ctx, ({ tx }) => deps.sources.productOfRun(tx, ctx.run.id));
  if (product === undefined && own === undefined) return 'the product';
  return nameOfSet(await setOf(deps, ctx, input as Parameters<typeof setOf>[2]));
}

export const nameOfSet = ({ product, environment }: Extract<Subject, { kind: 'set' }>): string =>
  `${product}/${environment}`;

/** @throws runbook.invalid for a run about no tenant: a restore is never of one that something handed in names */
export function tenantOf(ctx: ActionContext, environment: string): Extract<Subject, { kind: 'tenant' }> {
  if (ctx.tenant !== undefined) return { kind: 'tenant', tenantId: ctx.tenant.id, environment };
  throw new TenantryError('runbook.invalid', `The step ${ctx.step.id} is about no tenant.`, {
    next: 'Make the runbook one about a tenant.',
  });
}

/** A member of an input as a plan shows it. */
export const shown = (value: Planned<unknown>): string =>
  isKnown(value) ? String(value ?? '') : '(known after apply)';
