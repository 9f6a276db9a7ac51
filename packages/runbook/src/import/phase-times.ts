/** A table of phases with owners and durations, laid over the phases of the draft. */

import type { PhaseDraft, PhaseShop } from './build-phases.ts';
import { hasBlank } from './fill-ins.ts';
import { readDuration } from './read-duration.ts';
import { bookRoles, idFor, uniqueId } from './role-book.ts';
import { startStep } from './step-draft.ts';
import type { PhaseTime } from './tables.ts';
import { spend, wordsOf } from './unit.ts';

const EMPTY = new Set(['the', 'and', 'of', 'phase', 'stage', 'step']);
const stemsOf = (title: string): ReadonlySet<string> =>
  new Set(
    wordsOf(title)
      .filter((word) => !EMPTY.has(word))
      .map((word) => word.replace(/s$/, '')),
  );

/** The phase whose title has every word of the row's. */
function phaseFor(phases: readonly PhaseDraft[], row: PhaseTime): PhaseDraft | undefined {
  const wanted = stemsOf(row.phase);
  if (wanted.size === 0) return undefined;
  return phases.find((phase) => {
    const stems = stemsOf(phase.title);
    return phase.off === undefined && [...wanted].every((stem) => stems.has(stem));
  });
}

/**
 * Gives the phases their owners and durations. A row without a phase of its own becomes one, before the phase of the
 * next row that has one, when `complete` says that the table lists the phases themselves.
 */
export function applyTimes(shop: PhaseShop, phases: PhaseDraft[], rows: readonly PhaseTime[], complete: boolean): void {
  const found = rows.map((row) => phaseFor(phases, row));
  const isPlan = complete && found.some((phase) => phase !== undefined);
  for (const [index, row] of rows.entries()) {
    const next = found.slice(index + 1).find((phase) => phase !== undefined);
    const phase = found[index] ?? (isPlan ? insertPhase(shop, phases, row, next) : undefined);
    if (phase !== undefined) applyRow(shop, phase, row);
  }
}

function insertPhase(
  shop: PhaseShop,
  phases: PhaseDraft[],
  { phase: title, row }: PhaseTime,
  next: PhaseDraft | undefined,
): PhaseDraft | undefined {
  if (wordsOf(title).length === 0) return undefined;
  const id = uniqueId(idFor(title, 'phase'), shop.phaseIds);
  const step = startStep(title, [row.unit], row.unit.line, shop.stepIds);
  const phase: PhaseDraft = { id, title, from: [row.unit], before: [], exits: [], steps: [step] };
  const firstOff = phases.findIndex(({ off }) => off !== undefined);
  const place = next === undefined ? firstOff : phases.indexOf(next);
  phases.splice(place < 0 ? phases.length : place, 0, phase);
  return phase;
}

function applyRow({ roles }: PhaseShop, phase: PhaseDraft, { owner, duration, row }: PhaseTime): void {
  if (owner !== undefined && phase.owner === undefined && !hasBlank(owner)) {
    const named = bookRoles(roles, owner, row.unit);
    if (named.length > 0) phase.owner = { roles: named, from: [row.unit] };
  }
  const time = duration === undefined ? undefined : readDuration(duration);
  if (time === undefined || phase.duration !== undefined) return;
  phase.duration = { text: time.text, from: row.unit };
  if (time.rest === '') spend(row.unit, duration ?? '');
}
