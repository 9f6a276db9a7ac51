import { z } from 'zod';
import { type Action, type ActionContext, defineAction, isKnown } from '../../connectors/kit/index.ts';
import { keepDays } from '../core/retention.ts';
import { createBackup } from '../create-backup.ts';
import type { BackupDeps } from '../deps.ts';
import { type Backup, loadBackup } from '../load.ts';
import { verifyBackup } from '../verify-backup.ts';
import {
  actorOf,
  asStep,
  environmentField,
  keepField,
  LONG_MS,
  nameOfSet,
  plannedSet,
  productField,
  setOf,
  shown,
  tenantOf,
} from './context.ts';

const proof = z.enum(['files', 'restore']).default('restore').describe('How far the backup is proven');

const setInput = z.strictObject({
  product: productField,
  environment: environmentField,
  /** Some of the product's databases; all of its set unless given. */
  set: z.array(z.string()).min(1).optional(),
  keep: keepField,
  prove: proof,
});
const tenantInput = z.strictObject({ environment: environmentField, keep: keepField, prove: proof });

const output = z.strictObject({
  backup: z.string(),
  /** What a rollback restores exactly (RBK-25). */
  stamp: z.string(),
  environment: z.string(),
  databases: z.array(z.string()),
  files: z.array(z.string()),
  bytes: z.int(),
  folder: z.string(),
  expires_at: z.string(),
});

type SetInput = z.output<typeof setInput>;
type TenantInput = z.output<typeof tenantInput>;
type Output = z.output<typeof output>;

const outputOf = (backup: Backup, folder: string): Output => ({
  backup: backup.id,
  stamp: backup.stamp,
  environment: backup.environment ?? '',
  databases: backup.files.map(({ database }) => database),
  files: backup.files.map(({ file }) => file),
  bytes: backup.files.reduce((sum, { bytes }) => sum + bytes, 0),
  folder,
  expires_at: backup.keepUntil.toISOString(),
});

const claimOf = (backup: Backup, name: string) =>
  ({ kind: 'backup', externalId: backup.id, name, claim: 'created', undo: {} }) as const;

async function prove(deps: BackupDeps, ctx: ActionContext, made: Output, depth: 'files' | 'restore') {
  const report = await verifyBackup(deps, actorOf(ctx), { backupId: made.backup, depth }, { signal: ctx.signal });
  const backup = await asStep(deps, ctx, ({ tx }) => loadBackup(tx, made.backup));
  return {
    ok: report.ok,
    expected: { proven_by: depth, ok: true },
    actual: { proven_by: report.depth, ok: report.ok, tables: report.tables, failure: report.failure },
    output: outputOf(backup, deps.folder),
  };
}

/** A backup outlives the run that took it: a rollback needs it. */
const kept = async () => ({ outcome: 'left', note: 'backups are kept until their time is over' }) as const;

/** `backup.create`: every database of the product, or some, under one timestamp. */
export const createAction = (deps: BackupDeps): Action<SetInput, Output> =>
  defineAction<SetInput, Output>({
    name: 'backup.create',
    version: 1,
    summary: 'Backs the databases of the product up, and proves that the backup restores',
    delivery: 'idempotent',
    undoability: 'none',
    input: setInput,
    output,
    timeoutMs: LONG_MS,
    plan: async (ctx, input) => ({
      changes: [{ verb: 'create', kind: 'backup', name: await plannedSet(deps, ctx, input) }],
    }),
    async apply(ctx, { set, keep, ...place }) {
      const subject = await setOf(deps, ctx, place);
      const backup = await createBackup(
        deps,
        actorOf(ctx),
        { subject, keepDays: keepDays(keep), databases: set, key: ctx.key },
        { signal: ctx.signal },
      );
      return {
        output: outputOf(backup, deps.folder),
        resources: [claimOf(backup, `${nameOfSet(subject)} ${backup.stamp}`)],
      };
    },
    verify: (ctx, input, { output: made }) => prove(deps, ctx, made, input.prove),
    undo: kept,
  });

/** `backup.tenant`: the tenant of the run alone, under its own key; the final backup of an offboarding. */
export const createTenantAction = (deps: BackupDeps): Action<TenantInput, Output> =>
  defineAction<TenantInput, Output>({
    name: 'backup.tenant',
    version: 1,
    summary: 'Backs up what the product holds of the tenant, and proves that the backup restores',
    delivery: 'idempotent',
    undoability: 'none',
    input: tenantInput,
    output,
    timeoutMs: LONG_MS,
    plan: async (ctx, input) => ({
      changes: [
        {
          verb: 'create',
          kind: 'backup',
          name: `${ctx.tenant?.slug ?? 'the tenant'} in ${isKnown(input) ? shown(input.environment) : 'its environment'}`,
        },
      ],
    }),
    async apply(ctx, { environment, keep }) {
      const backup = await createBackup(
        deps,
        actorOf(ctx),
        { subject: tenantOf(ctx, environment), keepDays: keepDays(keep), key: ctx.key },
        { signal: ctx.signal },
      );
      return {
        output: outputOf(backup, deps.folder),
        resources: [claimOf(backup, `${ctx.tenant?.slug} ${backup.stamp}`)],
      };
    },
    verify: (ctx, input, { output: made }) => prove(deps, ctx, made, input.prove),
    undo: kept,
  });
