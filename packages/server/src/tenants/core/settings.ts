/**
 * What a contract sets for one tenant on top of its plan (REG-10, REG-11). The names a product's plan table uses
 * are the only ones accepted, so that a misspelt limit cannot silently leave the plan's value in force.
 */
import { type Fault, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Limit, PlanTable } from '../../products/index.ts';

/** Who agreed that a tenant has a feature its plan does not include (CH-04). */
export interface FeatureApproval {
  readonly approved_by: string;
  readonly reason: string;
}

export interface TenantSettings {
  readonly features?: Readonly<Record<string, boolean>> | undefined;
  readonly limits?: Readonly<Record<string, Limit>> | undefined;
  readonly feature_approvals?: Readonly<Record<string, FeatureApproval>> | undefined;
}

/** A number of units, or none at all. */
export const limitSchema: z.ZodType<Limit> = z.union([z.int().nonnegative(), z.literal('unlimited')]);

export const featureApprovalSchema = z.strictObject({
  approved_by: z.string().trim().min(1).max(255),
  reason: z.string().trim().min(1).max(2000),
});

/** The shape without the product's names; the names are checked by `parseSettings`. */
export const settingsSchema: z.ZodType<TenantSettings> = z.strictObject({
  features: z.record(z.string(), z.boolean()).optional(),
  limits: z.record(z.string(), limitSchema).optional(),
  feature_approvals: z.record(z.string(), featureApprovalSchema).optional(),
});

/**
 * Reads settings for a product.
 *
 * @throws request.invalid with one fault for each unknown key or ill-typed value
 */
export function parseSettings(value: unknown, table: PlanTable): TenantSettings {
  const parsed = settingsSchema.safeParse(value);
  const faults: Fault[] = parsed.success
    ? unknownNames(parsed.data, table)
    : parsed.error.issues.map((issue) => ({ path: ['settings', ...issue.path].join('.'), message: issue.message }));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new TenantryError('request.invalid', `The settings do not fit the product: ${faults[0]?.message}.`, {
    faults,
    next: 'Correct the settings named.',
  });
}

function unknownNames(settings: TenantSettings, table: PlanTable): Fault[] {
  const check = (part: keyof TenantSettings, known: readonly string[]): Fault[] =>
    Object.keys(settings[part] ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: `settings.${part}.${name}`,
        message: `"${name}" is not one of ${known.join(', ')}`,
        fix: `Use one of: ${known.join(', ')}.`,
      }));
  return [
    ...check('features', Object.keys(table.free.features)),
    ...check('limits', Object.keys(table.free.limits)),
    ...check('feature_approvals', Object.keys(table.free.features)),
  ];
}

/** A change of some members: what `change` does not name stays, `null` takes an override away. */
export function mergeMembers<Value>(
  current: Readonly<Record<string, Value>> | undefined,
  change: Readonly<Record<string, Value | null>>,
): Readonly<Record<string, Value>> {
  // A map, because a member named __proto__ would otherwise not become one.
  const merged = new Map(Object.entries(current ?? {}));
  for (const [name, value] of Object.entries(change)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** Limits by name; `null` takes the tenant's own value away, so that the plan's holds again. */
export type LimitChanges = Readonly<Record<string, Limit | null>>;
export type FeatureChanges = Readonly<Record<string, boolean | null>>;
export type ApprovalChanges = Readonly<Record<string, FeatureApproval | null>>;

export interface SettingsWish {
  readonly limits?: LimitChanges | undefined;
  readonly features?: FeatureChanges | undefined;
  readonly approvals?: ApprovalChanges | undefined;
}

/** The settings a wish makes of those that are there. @throws request.invalid for a name the product does not have */
export function mergeWish(table: PlanTable, current: TenantSettings, wish: SettingsWish): TenantSettings {
  const merged: Record<string, unknown> = { ...current };
  if (wish.limits !== undefined) merged.limits = mergeMembers(current.limits, wish.limits);
  if (wish.features !== undefined) merged.features = mergeMembers(current.features, wish.features);
  if (wish.approvals !== undefined) {
    merged.feature_approvals = mergeMembers(current.feature_approvals, wish.approvals);
  }
  return parseSettings(merged, table);
}
