/**
 * A tenant's configuration is versioned: each change is a row that holds the whole of it, so that the one before
 * can be put back exactly (RBK-07). Taking a change back appends a row that names the version it undoes.
 */
import { bug, canonicalJson, TenantryError } from '@tenantry/contract';
import { and, desc, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import type { Plan } from '../products/index.ts';
import type { Isolation } from './core/offerings.ts';
import type { TenantSettings } from './core/settings.ts';
import { describeActor, recordHistory, runOf } from './history.ts';
import { lockTenant, type Tenant } from './load.ts';
import { tenantSettingsVersions, tenants } from './tables.ts';

export interface Configuration {
  readonly plan: Plan;
  readonly settings: TenantSettings;
  readonly isolation: Isolation;
  readonly supportTier: string;
}

export interface ConfigurationChange {
  readonly tenantId: string;
  /** Version that holds `current`. */
  readonly version: number;
  readonly previous: Configuration;
  readonly current: Configuration;
  /** False when everything was as asked already, and no version was written. */
  readonly changed: boolean;
}

/** What every configuration verb takes besides what it changes. */
export interface ChangeOptions {
  readonly tenantId: string;
  readonly reason?: string | undefined;
  readonly authority?: string | undefined;
  /** The same key again answers what the first call did and writes nothing. */
  readonly key?: string | undefined;
  /** Refuses when the tenant has another version by now. */
  readonly ifVersion?: number | undefined;
}

export const configurationOf = (row: Configuration): Configuration => ({
  plan: row.plan,
  settings: row.settings,
  isolation: row.isolation,
  supportTier: row.supportTier,
});

/**
 * Locks the tenant, lets `decide` say what its configuration should become, and writes that as a version with
 * history and audit.
 */
export async function changeConfiguration(
  ctx: Ctx,
  options: ChangeOptions,
  operation: string,
  decide: (tenant: Tenant) => Promise<Configuration>,
): Promise<ConfigurationChange> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, options.tenantId, options.ifVersion);
  const earlier = options.key === undefined ? undefined : await findByKey(ctx.tx, tenant.id, options.key);
  if (earlier !== undefined) return earlier;
  const previous = configurationOf(tenant);
  const current = await decide(tenant);
  if (canonicalJson(previous) === canonicalJson(current)) {
    return { tenantId: tenant.id, version: tenant.settingsVersion, previous, current, changed: false };
  }
  const version = await writeVersion(ctx, tenant, current, operation, { key: options.key });
  await recordHistory(ctx, {
    tenantId: tenant.id,
    operation,
    ...differences(previous, current),
    authority: options.authority,
    reason: options.reason,
    key: options.key,
  });
  await recordAudit(ctx, {
    action: `tenant.${operation}`,
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    detail: { version, ...differences(previous, current) },
  });
  return { tenantId: tenant.id, version, previous, current, changed: true };
}

/** Only the members that differ, so that a reader sees the change and not the whole. */
function differences(previous: Configuration, current: Configuration) {
  const names = (['plan', 'settings', 'isolation', 'supportTier'] as const).filter(
    (name) => canonicalJson(previous[name]) !== canonicalJson(current[name]),
  );
  const pick = (from: Configuration) => Object.fromEntries(names.map((name) => [name, from[name]]));
  return { from: pick(previous), to: pick(current) };
}

async function writeVersion(
  ctx: Ctx,
  tenant: Tenant,
  configuration: Configuration,
  change: string,
  { key, undoOf }: { readonly key?: string | undefined; readonly undoOf?: number },
): Promise<number> {
  const version = tenant.settingsVersion + 1;
  await insertVersion(ctx, tenant.id, version, configuration, change, { key, undoOf });
  await ctx.tx.orm
    .update(tenants)
    .set({ ...configuration, settingsVersion: version, version: tenant.version + 1, updatedAt: ctx.now })
    .where(eq(tenants.id, tenant.id));
  return version;
}

export async function insertVersion(
  ctx: Ctx,
  tenantId: string,
  version: number,
  configuration: Configuration,
  change: string,
  { key, undoOf }: { readonly key?: string | undefined; readonly undoOf?: number | undefined } = {},
): Promise<void> {
  await ctx.tx.orm.insert(tenantSettingsVersions).values({
    tenantId,
    version,
    ...configuration,
    change,
    key,
    undoOf,
    runId: runOf(ctx.actor),
    actor: describeActor(ctx.actor),
    at: ctx.now,
  });
}

const undoing = alias(tenantSettingsVersions, 'undoing');

/** Versions with the row that undid them, if one did, newest first. */
const standing = (tx: Tx, tenantId: string) =>
  tx.orm
    .select({ row: tenantSettingsVersions, undoneBy: undoing.version })
    .from(tenantSettingsVersions)
    .leftJoin(
      undoing,
      and(eq(undoing.tenantId, tenantSettingsVersions.tenantId), eq(undoing.undoOf, tenantSettingsVersions.version)),
    )
    .where(eq(tenantSettingsVersions.tenantId, tenantId))
    .orderBy(desc(tenantSettingsVersions.version));

async function findByKey(tx: Tx, tenantId: string, key: string): Promise<ConfigurationChange | undefined> {
  const rows = await standing(tx, tenantId);
  const index = rows.findIndex(({ row, undoneBy }) => row.key === key && undoneBy === null);
  const [found, before] = [rows[index]?.row, rows[index + 1]?.row];
  if (found === undefined || before === undefined) return undefined;
  return {
    tenantId,
    version: found.version,
    previous: configurationOf(before),
    current: configurationOf(found),
    changed: true,
  };
}

export interface VersionRow extends Configuration {
  readonly version: number;
  readonly change: string;
  readonly undoOf: number | null;
  readonly at: Date;
}

/** The configuration as it was at a version; undefined when there is none of that number. */
export async function findVersion(tx: Tx, tenantId: string, version: number): Promise<VersionRow | undefined> {
  const [row] = await tx.orm
    .select()
    .from(tenantSettingsVersions)
    .where(and(eq(tenantSettingsVersions.tenantId, tenantId), eq(tenantSettingsVersions.version, version)));
  return row;
}

/**
 * Takes one version back: what stood before it stands again, as a new version. Undoing twice changes nothing.
 *
 * @returns the new version, or undefined when it was undone before
 * @throws tenant.changed when a later change, not itself undone, stands on top of it; tenant.not_found
 */
export async function undoConfiguration(
  ctx: Ctx,
  { tenantId, version }: { readonly tenantId: string; readonly version: number },
): Promise<number | undefined> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const rows = await standing(ctx.tx, tenantId);
  const index = rows.findIndex(({ row }) => row.version === version);
  const [target, before] = [rows[index], rows[index + 1]];
  if (target === undefined || before === undefined) throw bug(`Tenant ${tenantId} has no version before ${version}.`);
  if (target.undoneBy !== null) return undefined;
  const head = rows.find(({ row, undoneBy }) => row.undoOf === null && undoneBy === null);
  if (head?.row.version !== version) {
    throw new TenantryError(
      'tenant.changed',
      `The settings of ${tenant.slug} were changed (${head?.row.change}, version ${head?.row.version}) after version ${version}.`,
      {
        facts: { undoing: version, standing: head?.row.version },
        next: 'Undo or redo that change by hand, then retry the rollback, or keep the settings.',
      },
    );
  }
  const restored = configurationOf(before.row);
  const written = await writeVersion(ctx, tenant, restored, 'undone', { undoOf: version });
  const change = differences(configurationOf(tenant), restored);
  await recordHistory(ctx, { tenantId, operation: `${target.row.change}_undone`, ...change });
  await recordAudit(ctx, {
    action: 'tenant.change_undone',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    detail: { version: written, undoes: version, ...change },
  });
  return written;
}
