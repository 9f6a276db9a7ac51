/** Facts of a run, worked out once at its start: `vars` in order, the go-live anchor, contacts of roles. */

import { renderCalendar } from '../calendar/index.ts';
import type { JsonObject, Runbook } from '../definition.ts';
import { renderTemplate } from '../expr/index.ts';
import type { RunFacts } from './state.ts';

export type GivenFacts = Pick<RunFacts, 'run' | 'tenant' | 'product' | 'intake' | 'env'>;

/** @throws ExpressionError naming the var or role whose text cannot be rendered. */
export function factsOf(runbook: Runbook, given: GivenFacts): RunFacts {
  const base = {
    ...given,
    tenant: given.tenant ?? undefined,
    run: { ...given.run, started_at: new Date(given.run.started_at) },
  };
  const vars: Record<string, JsonObject[string]> = {};
  for (const [name, template] of Object.entries(runbook.vars)) vars[name] = renderTemplate(template, { ...base, vars });
  const goLive = runbook.goLive === undefined ? null : renderTemplate(runbook.goLive, { ...base, vars });
  const facts = { ...given, vars, go_live: typeof goLive === 'string' && goLive !== '' ? goLive : null };
  if (runbook.calendar === undefined) return facts;
  return { ...facts, calendar: renderCalendar(runbook.calendar, { ...base, vars }) };
}

/**
 * The same worked out again, from other facts or by another version. A go-live that a person has moved stays where they
 * put it: only one that still stands as it was computed is computed anew.
 */
export function factsAnew(from: Runbook, to: Runbook, before: RunFacts, given: GivenFacts = before): RunFacts {
  const facts = factsOf(to, given);
  const isMoved = before.go_live !== factsOf(from, before).go_live;
  return isMoved ? { ...facts, go_live: before.go_live } : facts;
}

/** Role id -> rendered contact, for roles that have one. */
export function contactsOf(runbook: Runbook, facts: RunFacts): Readonly<Record<string, string>> {
  const scope = { ...facts, tenant: facts.tenant ?? undefined };
  return Object.fromEntries(
    Object.entries(runbook.roles).flatMap(([id, role]) => {
      if (role.contact === undefined) return [];
      const contact = renderTemplate(role.contact, scope);
      return typeof contact === 'string' ? [[id, contact]] : [];
    }),
  );
}
