import { TenantryError } from '@tenantry/contract';
import type { Plan } from '../../products/index.ts';

/** What a word of a handoff or an offer means in the four canonical plans (CH-01). */
export interface PlanMeaning {
  readonly plan: Plan;
  /** The contract sets its own limits on top, as "Custom" says. */
  readonly overrides: boolean;
}

const MEANINGS: Readonly<Record<Plan | 'custom', PlanMeaning>> = {
  free: { plan: 'free', overrides: false },
  starter: { plan: 'starter', overrides: false },
  professional: { plan: 'professional', overrides: false },
  enterprise: { plan: 'enterprise', overrides: false },
  custom: { plan: 'enterprise', overrides: true },
};

const WORDS: ReadonlyMap<string, PlanMeaning> = new Map(Object.entries(MEANINGS));

const OFFERINGS: ReadonlySet<string> = new Set(['basic', 'premium']);

export const PLAN_WORDS: readonly string[] = [...WORDS.keys()];

/**
 * Reads a plan as people write it: `Professional`, `enterprise`, `Custom`. Case and surrounding space do not count.
 *
 * @throws tenant.plan_unknown with the list of valid words. Basic and Premium are refused too: they say how a
 * tenant is isolated and supported, not what its limits are (CH-05).
 */
export function planFromWord(word: string): PlanMeaning {
  const normal = word.trim().toLowerCase();
  const meaning = WORDS.get(normal);
  if (meaning !== undefined) return meaning;
  const hint = OFFERINGS.has(normal) ? ` "${word}" is an offering: it sets isolation and support tier.` : '';
  throw new TenantryError('tenant.plan_unknown', `There is no plan "${word}".${hint}`, {
    facts: { word, valid: PLAN_WORDS },
    next: `Use one of: ${PLAN_WORDS.join(', ')}.`,
  });
}
