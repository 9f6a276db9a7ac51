import { z } from 'zod';
import { type Action, type ActionContext, defineAction, isKnown } from '../../connectors/kit/index.ts';
import type { BackupDeps } from '../deps.ts';
import { holdsBackup } from '../holds-backup.ts';
import { findBackup, type Subject } from '../load.ts';
import { restoreBackup } from '../restore-backup.ts';
import {
  actorOf,
  asStep,
  environmentField,
  LONG_MS,
  plannedSet,
  productField,
  setOf,
  shown,
  stampField,
  tenantOf,
} from './context.ts';

const setInput = z.strictObject({ product: productField, environment: environmentField, stamp: stampField });
const tenantInput = z.strictObject({ environment: environmentField, stamp: stampField });

const output = z.strictObject({
  backup: z.string(),
  stamp: z.string(),
  tables: z.array(z.strictObject({ database: z.string(), table: z.string(), before: z.int(), after: z.int() })),
  /** Erased tenants that the backup held, and that stay erased. */
  erased: z.array(z.string()),
});

type SetInput = z.output<typeof setInput>;
type TenantInput = z.output<typeof tenantInput>;
type Output = z.output<typeof output>;

async function restore(deps: BackupDeps, ctx: ActionContext, subject: Subject, stamp: string) {
  const backup = await asStep(deps, ctx, ({ tx }) => findBackup(tx, subject, stamp));
  const tenantId = subject.kind === 'tenant' ? subject.tenantId : undefined;
  const report = await restoreBackup(deps, actorOf(ctx), { backupId: backup.id, tenantId }, { signal: ctx.signal });
  return {
    output: { backup: backup.id, stamp: report.stamp, tables: [...report.tables], erased: [...report.erased] },
    resources: [
      {
        kind: 'restored data',
        externalId: `${backup.id}/${ctx.key}`,
        name: `data as of ${report.stamp}`,
        claim: 'changed' as const,
        undo: {},
      },
    ],
  };
}

async function prove(deps: BackupDeps, ctx: ActionContext, made: Output) {
  const differences = await holdsBackup(deps, actorOf(ctx), made.backup, made.erased);
  return { ok: differences.length === 0, expected: { differences: [] }, actual: { differences }, output: made };
}

const left = async () => ({ outcome: 'left', note: 'what was overwritten is in no backup of this step' }) as const;

const overwrites = (name: string, stamp: string) =>
  ({ verb: 'change', kind: 'data, overwritten', name: `${name} as of ${stamp}` }) as const;

/** `backup.restore`: every row of the product's databases. Everything since is lost, of every tenant (CH-31). */
export const restoreAction = (deps: BackupDeps): Action<SetInput, Output> =>
  defineAction<SetInput, Output>({
    name: 'backup.restore',
    version: 1,
    summary: 'Puts the databases of the product back to a backup; changes since are lost, of every tenant',
    // A crash may have come after the commit, and people may have worked since.
    delivery: 'unknown',
    undoability: 'irreversible',
    input: setInput,
    output,
    timeoutMs: LONG_MS,
    plan: async (ctx, input) => {
      const name = await plannedSet(deps, ctx, input);
      return { changes: [overwrites(name, isKnown(input) ? shown(input.stamp) : 'a backup')] };
    },
    apply: async (ctx, input) => restore(deps, ctx, await setOf(deps, ctx, input), input.stamp),
    verify: (ctx, _input, { output: made }) => prove(deps, ctx, made),
    undo: left,
  });

/** `backup.restore_tenant`: the rows of the tenant of the run, and nobody else's (RBK-30). */
export const restoreTenantAction = (deps: BackupDeps): Action<TenantInput, Output> =>
  defineAction<TenantInput, Output>({
    name: 'backup.restore_tenant',
    version: 1,
    summary: 'Puts what the product holds of the tenant back to a backup, and touches no other tenant',
    delivery: 'unknown',
    undoability: 'irreversible',
    input: tenantInput,
    output,
    timeoutMs: LONG_MS,
    plan: async (ctx, input) => ({
      changes: [overwrites(ctx.tenant?.slug ?? 'the tenant', isKnown(input) ? shown(input.stamp) : 'a backup')],
    }),
    apply: async (ctx, input) => restore(deps, ctx, tenantOf(ctx, input.environment), input.stamp),
    verify: (ctx, _input, { output: made }) => prove(deps, ctx, made),
    undo: left,
  });
