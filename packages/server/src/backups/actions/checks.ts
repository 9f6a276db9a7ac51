import { z } from 'zod';
import { type Check, defineCheck } from '../../connectors/kit/index.ts';
import type { BackupDeps } from '../deps.ts';
import { type Backup, selectBackups } from '../load.ts';
import { listSchedules } from '../schedules.ts';
import { asStep, environmentField, productField, setOf, tenantOf } from './context.ts';

/** Whose: the databases of the product, or the tenant of the run. */
const ofField = z.enum(['set', 'tenant']).default('set');
const input = z.strictObject({ product: productField, environment: environmentField, of: ofField });
type Input = z.output<typeof input>;

const filterOf = async (deps: BackupDeps, ctx: Parameters<Check['run']>[0], { of, product, environment }: Input) => {
  if (of === 'tenant') return { scope: 'tenant' as const, tenantId: tenantOf(ctx, environment).tenantId, environment };
  const subject = await setOf(deps, ctx, { product, environment });
  return { scope: 'set' as const, product: subject.product, environment };
};

const isProven = ({ verification }: Backup): boolean => verification?.ok === true;

const listOutput = z.strictObject({
  backups: z.array(
    z.strictObject({
      stamp: z.string(),
      status: z.string(),
      created_at: z.string(),
      bytes: z.int(),
      files: z.array(z.string()),
      verified: z.boolean(),
    }),
  ),
});

const LISTED = 100;

/** `backup.list`: what there is, newest first (RBK-19). */
export const listCheck = (deps: BackupDeps): Check<Input, z.output<typeof listOutput>> =>
  defineCheck({
    name: 'backup.list',
    version: 1,
    summary: 'The newest backups of the product, or of the tenant',
    input,
    output: listOutput,
    async run(ctx, wanted) {
      const filter = await filterOf(deps, ctx, wanted);
      const rows = await asStep(deps, ctx, ({ tx }) => selectBackups(tx, filter, { limit: LISTED }));
      return {
        backups: rows.map((backup) => ({
          stamp: backup.stamp,
          status: backup.status,
          created_at: backup.createdAt.toISOString(),
          bytes: backup.files.reduce((sum, { bytes }) => sum + bytes, 0),
          files: backup.files.map(({ file }) => file),
          verified: isProven(backup),
        })),
      };
    },
  });

const freshInput = input.extend({
  /** Hours a backup counts as fresh. */
  hours: z.number().positive().max(8_760).default(24),
});
const freshOutput = z.strictObject({
  /** There is a good one that is young enough and was proven. */
  fresh: z.boolean(),
  stamp: z.string().nullable(),
  age_hours: z.number().nullable(),
  verified: z.boolean(),
  verified_by_restore: z.boolean(),
});

const HOUR_MS = 3_600_000;

/** `backup.fresh`: the gate before the first step that changes anything (RBK-16). */
export const freshCheck = (deps: BackupDeps): Check<z.output<typeof freshInput>, z.output<typeof freshOutput>> =>
  defineCheck({
    name: 'backup.fresh',
    version: 1,
    summary: 'Whether there is a backup that is young enough and proven to restore',
    input: freshInput,
    output: freshOutput,
    async run(ctx, { hours, ...wanted }) {
      const filter = await filterOf(deps, ctx, wanted);
      const rows = await asStep(deps, ctx, ({ tx }) => selectBackups(tx, filter, { limit: LISTED }));
      const newest = rows.find(({ status }) => status === 'ready');
      if (newest === undefined) {
        return { fresh: false, stamp: null, age_hours: null, verified: false, verified_by_restore: false };
      }
      const age = (ctx.now.getTime() - newest.createdAt.getTime()) / HOUR_MS;
      const verified = isProven(newest);
      return {
        fresh: verified && age <= hours,
        stamp: newest.stamp,
        age_hours: Math.max(0, age),
        verified,
        verified_by_restore: verified && newest.verifiedByRestore === true,
      };
    },
  });

const coverageInput = z.strictObject({
  product: productField,
  environment: environmentField,
  /** Names of databases a backup is to hold; all of the product's set unless given. */
  set: z.array(z.string()).optional(),
});
const coverageOutput = z.strictObject({
  covered: z.boolean(),
  databases: z.array(z.string()),
  /** Postgres connections of the environment that lead to a database no backup holds. */
  missing: z.array(z.string()),
});

/** `backup.coverage`: every database a run can write to is in the backup (CH-30). */
export const coverageCheck = (
  deps: BackupDeps,
): Check<z.output<typeof coverageInput>, z.output<typeof coverageOutput>> =>
  defineCheck({
    name: 'backup.coverage',
    version: 1,
    summary: 'Whether a backup holds every database the environment has a connection to',
    input: coverageInput,
    output: coverageOutput,
    async run(ctx, { set, ...place }) {
      const subject = await setOf(deps, ctx, place);
      const found = await asStep(deps, ctx, (step) => deps.sources.coverage(step, subject, set));
      return { covered: found.missing.length === 0, databases: [...found.databases], missing: [...found.missing] };
    },
  });

const scheduleOutput = z.strictObject({
  every: z.enum(['daily', 'weekly', 'never']),
  next_at: z.string().nullable(),
  next_test_at: z.string().nullable(),
  failures: z.int(),
});

/** `backup.schedule`: how often backups are taken, for the confirmation at handoff (RBK-26). */
export const scheduleCheck = (deps: BackupDeps): Check<Input, z.output<typeof scheduleOutput>> =>
  defineCheck({
    name: 'backup.schedule',
    version: 1,
    summary: 'How often the product, or the tenant, is backed up',
    input,
    output: scheduleOutput,
    async run(ctx, { of, product, environment }) {
      const subject = of === 'tenant' ? tenantOf(ctx, environment) : await setOf(deps, ctx, { product, environment });
      const all = await asStep(deps, ctx, (step) => listSchedules(step, deps, subject));
      const found = all.find(
        (each) => each.environment === environment && (of === 'tenant') === (each.tenantId !== null),
      );
      return {
        every: found?.every ?? 'never',
        next_at: found?.nextAt.toISOString() ?? null,
        next_test_at: found?.nextTestAt.toISOString() ?? null,
        failures: found?.failures ?? 0,
      };
    },
  });
