/** Checklist items that people tick, each by whom it is for and with the evidence it asks for (RUN-32). */
import { type Fault, TenantryError } from '@tenantry/contract';
import type { ChecklistItem, Step, TaskBody } from '../definition.ts';
import type { Person } from './event.ts';
import { wrongState } from './outcome.ts';
import { ownersOf } from './owners.ts';
import { itemApplies } from './proving.ts';
import type { ItemEvidence, Tick } from './state.ts';
import type { Turn } from './turn.ts';

export interface TickReport {
  readonly by: Person;
  readonly item: string;
  /** False takes the tick back. */
  readonly done: boolean;
  readonly evidence?: ItemEvidence;
}

export type Ticked = Readonly<Record<string, Tick>>;

/** Roles that tick an item: its own, else those of its task. */
export const rolesOfItem = (turn: Pick<Turn, 'runbook'>, step: Step, item: ChecklistItem): readonly string[] =>
  (item.owner ?? ownersOf(turn.runbook, step)).roles;

/** @throws run.wrong_state, access.forbidden, request.invalid */
export function itemTicked(turn: Turn, step: Step, body: TaskBody, report: TickReport): void {
  const state = turn.step(step.id);
  if (state.status !== 'waiting' || state.waitingFor !== 'person') {
    throw wrongState(step, state.status, 'ticked', 'Items are ticked while their task waits for a person.');
  }
  const item = mustBeForPeople(turn, step, body, report.item);
  const roles = rolesOfItem(turn, step, item);
  if (!roles.includes(report.by.role)) {
    throw new TenantryError('access.forbidden', `${nameOf(item)} is for ${roles.join(' or ')}.`, {
      next: 'Ask somebody in that role to tick it.',
      facts: { roles },
    });
  }
  const { [item.id]: before, ...others } = state.ticked ?? {};
  if (!report.done) {
    if (before === undefined) throw wrongState(step, state.status, 'unticked', `${nameOf(item)} is not ticked.`);
    return turn.setStep(step.id, { ticked: others });
  }
  const lacks = lackOf(item, report.evidence ?? {});
  if (lacks !== undefined) {
    throw new TenantryError('request.invalid', `${nameOf(item)} ${lacks}.`, {
      faults: [{ path: item.evidence === 'link' ? 'link' : (item.evidence ?? 'note'), message: lacks }],
    });
  }
  turn.setStep(step.id, { ticked: { ...others, [item.id]: tickOf(turn, report.by, report.evidence) } });
}

function mustBeForPeople(turn: Turn, step: Step, body: TaskBody, id: string): ChecklistItem {
  const open = body.checklist.filter((item) => isForPeople(item) && itemApplies(turn, item));
  const item = open.find((each) => each.id === id);
  if (item !== undefined) return item;
  const names = open.map((each) => each.id).join(', ') || 'none';
  throw new TenantryError('request.invalid', `Step ${step.id} has no item ${id} for people to tick.`, {
    faults: [{ path: 'item', message: `there is ${names}` }],
  });
}

/**
 * The ticks of a report that completes a task, and what is wrong with them. Reports of earlier releases said nothing of
 * single items: theirs count as they were given.
 */
export function ticksOfReport(
  turn: Turn,
  step: Step,
  body: TaskBody,
  report: {
    readonly by: Person;
    readonly ticks: readonly string[];
    readonly items?: Readonly<Record<string, ItemEvidence>>;
  },
): { readonly ticked: Ticked | undefined; readonly faults: readonly Fault[] } {
  const { ticked: before } = turn.step(step.id);
  const { by, items } = report;
  if (items === undefined) return { ticked: before, faults: [] };
  const faults: Fault[] = Object.keys(items)
    .filter((id) => !report.ticks.includes(id))
    .map((id) => ({ path: `items.${id}`, message: `there is evidence for ${id}, which is not ticked` }));
  const now: Record<string, Tick> = {};
  for (const item of body.checklist.filter((each) => isForPeople(each) && report.ticks.includes(each.id))) {
    const roles = rolesOfItem(turn, step, item);
    const evidence = items[item.id] ?? {};
    const lacks = before?.[item.id] === undefined ? lackOf(item, evidence) : undefined;
    if (!roles.includes(by.role)) {
      if (before?.[item.id] !== undefined) continue;
      faults.push({ path: `ticks.${item.id}`, message: `${nameOf(item)} is for ${roles.join(' or ')} to tick` });
    } else if (lacks !== undefined) faults.push({ path: `items.${item.id}`, message: `${nameOf(item)} ${lacks}` });
    else if (before?.[item.id] === undefined || items[item.id] !== undefined) {
      now[item.id] = tickOf(turn, by, items[item.id]);
    }
  }
  const ticked = { ...before, ...now };
  return { ticked: Object.keys(ticked).length === 0 ? undefined : ticked, faults };
}

export const isForPeople = (item: ChecklistItem): boolean => item.check === undefined && item.expect === undefined;

const nameOf = (item: ChecklistItem): string => `"${item.item}" (${item.id})`;

/** What an item asks for and was not given. */
function lackOf(item: ChecklistItem, evidence: ItemEvidence): string | undefined {
  switch (item.evidence) {
    case 'note':
      return evidence.note === undefined || evidence.note.trim() === '' ? 'asks for a note as evidence' : undefined;
    case 'link':
      return isLink(evidence.link) ? undefined : 'asks for a link as evidence, an address that begins with https://';
    case 'file':
      return evidence.hash === undefined ? 'asks for a file as evidence, or its SHA-256' : undefined;
    default:
      return undefined;
  }
}

const isLink = (link: string | undefined): boolean => link !== undefined && /^https?:\/\/[^\s/]+/.test(link);

const tickOf = (turn: Turn, by: Person, evidence: ItemEvidence = {}): Tick => ({
  personId: by.id,
  name: by.name,
  role: by.role,
  at: turn.at,
  ...evidence,
});
