/** What somebody sets right about a tenant: the form, and what of it differs from the version it was made on. */
import { limitText, parseLimit } from './limits.ts';
import type { Edit, Tenant } from './tenant-types.ts';

export type Switch = 'plan' | 'on' | 'off';

export interface EditForm {
  readonly name: string;
  readonly supportTier: string;
  /** As typed; empty: that of the plan. */
  readonly limits: Readonly<Record<string, string>>;
  readonly features: Readonly<Record<string, Switch>>;
  readonly approvedBy: string;
  readonly agreed: string;
}

export function formOf(tenant: Tenant): EditForm {
  const names = [...Object.keys(tenant.limits), ...tenant.limits_unset].sort();
  const own = tenant.settings;
  return {
    name: tenant.name,
    supportTier: tenant.support_tier,
    limits: Object.fromEntries(names.map((name) => [name, String(own.limits?.[name] ?? '')])),
    features: Object.fromEntries(Object.keys(tenant.features).map((name) => [name, switchOf(own.features?.[name])])),
    approvedBy: '',
    agreed: '',
  };
}

const switchOf = (on: boolean | undefined): Switch => (on === undefined ? 'plan' : on ? 'on' : 'off');

export interface Change {
  readonly field: string;
  readonly before: string;
  readonly mine: string;
}

const shownLimit = (text: string | undefined): string =>
  (text ?? '') === '' ? 'as the plan' : limitText(parseLimit(text ?? '') ?? null);
const shownSwitch = (value: Switch | undefined): string =>
  value === 'plan' || value === undefined ? 'as the plan' : value;

/** One line for each field, by its name; the same names for every form of one tenant. */
export function shown(form: EditForm): Readonly<Record<string, string>> {
  return {
    Name: form.name,
    'Support tier': form.supportTier,
    ...Object.fromEntries(Object.entries(form.limits).map(([name, text]) => [`Limit ${name}`, shownLimit(text)])),
    ...Object.fromEntries(Object.entries(form.features).map(([name, on]) => [`Feature ${name}`, shownSwitch(on)])),
  };
}

export function changesOf(base: EditForm, form: EditForm): readonly Change[] {
  const [before, mine] = [shown(base), shown(form)];
  return Object.keys(mine)
    .filter((field) => mine[field] !== before[field])
    .map((field) => ({ field, before: before[field] ?? '', mine: mine[field] ?? '' }));
}

/** Typed, and no limit. */
export const badLimits = (form: EditForm): readonly string[] =>
  Object.entries(form.limits)
    .filter(([, text]) => text.trim() !== '' && parseLimit(text) === undefined)
    .map(([name]) => name);

/** Only what was touched: what another operator has set elsewhere meanwhile stays theirs. */
export function bodyOf(base: EditForm, form: EditForm, reason: string): Edit {
  const limits = touched(base.limits, form.limits).map(([name, text]) => [name, parseLimit(text) ?? null] as const);
  const features = touched(base.features, form.features);
  const approval = { approved_by: form.approvedBy.trim(), reason };
  const approvals = features.filter(([, on]) => on === 'on').map(([name]) => [name, approval] as const);
  return {
    reason,
    ...(form.name === base.name ? {} : { name: form.name.trim() }),
    ...(form.supportTier === base.supportTier ? {} : { support_tier: form.supportTier.trim() }),
    ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
    ...(features.length === 0
      ? {}
      : { features: Object.fromEntries(features.map(([name, on]) => [name, on === 'plan' ? null : on === 'on'])) }),
    ...(approval.approved_by === '' || approvals.length === 0
      ? {}
      : { feature_approvals: Object.fromEntries(approvals) }),
    ...(form.agreed.trim() === '' ? {} : { grandfathered_by: form.agreed.trim() }),
  };
}

const touched = <Value extends string>(
  base: Readonly<Record<string, Value>>,
  form: Readonly<Record<string, Value>>,
): readonly (readonly [string, Value])[] => Object.entries(form).filter(([name, value]) => base[name] !== value);

/** The same changes, made on another version. */
export function rebase(base: EditForm, form: EditForm, onto: EditForm): EditForm {
  return {
    ...onto,
    ...(form.name === base.name ? {} : { name: form.name }),
    ...(form.supportTier === base.supportTier ? {} : { supportTier: form.supportTier }),
    limits: { ...onto.limits, ...Object.fromEntries(touched(base.limits, form.limits)) },
    features: { ...onto.features, ...Object.fromEntries(touched(base.features, form.features)) },
    approvedBy: form.approvedBy,
    agreed: form.agreed,
  };
}
