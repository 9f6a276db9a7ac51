/** The parts of a document as phases with steps. */
import { flatten } from './blocks.ts';
import { buildSteps, isWork, type PhaseFacts, type Workshop } from './build-steps.ts';
import type { RemarkLine } from './draft-tree.ts';
import { type Section, spendDuration } from './outline.ts';
import { readDuration } from './read-duration.ts';
import type { Block } from './read-markdown.ts';
import { bookRoles, idFor, type RoleBook, uniqueId } from './role-book.ts';
import { type StepDraft, startStep } from './step-draft.ts';
import { spend, type Unit } from './unit.ts';
import { isGenericTitle, isImperative } from './vocabulary.ts';

export interface PhaseDraft {
  readonly id: string;
  readonly title: string;
  readonly from: readonly Unit[];
  /** Not part of a normal run: why. */
  readonly off?: string;
  readonly before: RemarkLine[];
  owner?: { readonly roles: readonly string[]; readonly from: readonly Unit[] };
  duration?: { readonly text: string; readonly from: Unit };
  readonly exits: { readonly label: string; readonly from: Unit; readonly step: string }[];
  readonly steps: StepDraft[];
}

/** Ids that are taken, and who takes part: shared by all phases of a draft. */
export interface PhaseShop {
  readonly roles: RoleBook;
  readonly phaseIds: Set<string>;
  readonly stepIds: Set<string>;
}

export const isWorkDeep = (section: Section): boolean =>
  isWork(section.blocks, section.title) || section.children.some(isWorkDeep);

interface Visit {
  readonly phase: PhaseDraft;
  readonly shop: Workshop;
  readonly facts: PhaseFacts;
  /** Waiting for the next step: headings above it, and text to be read before it. */
  groups: RemarkLine[];
  reading: Block[];
}

/** A part with something to do in it. */
export function buildPhase(
  shop: PhaseShop,
  section: Section,
  { off, before = [] }: { readonly off?: string; readonly before?: readonly RemarkLine[] } = {},
): PhaseDraft {
  const phase: PhaseDraft = {
    id: uniqueId(idFor(section.title, 'phase'), shop.phaseIds),
    title: section.title,
    from: [section.unit],
    ...(off === undefined ? {} : { off }),
    before: [...before],
    exits: [],
    steps: [],
  };
  if (section.duration !== undefined) {
    phase.duration = { text: section.duration, from: section.unit };
    spendDuration(section);
  }
  const workshop: Workshop = { roles: shop.roles, stepIds: shop.stepIds, split: off === undefined };
  const visit: Visit = { phase, shop: workshop, facts: { exits: [] }, groups: [], reading: [] };
  visitSection(visit, { ...section, blocks: takeFacts(phase, shop.roles, section.blocks) }, undefined);
  if (phase.steps.length === 0)
    addSteps(visit, [startStep(section.title, [section.unit], section.unit.line, shop.stepIds)]);
  const last = phase.steps.at(-1);
  last?.instructions.push(...visit.reading);
  last?.before.push(...visit.groups);
  addExits(visit, shop);
  return phase;
}

/** Owner and duration of the whole part, said in lines of their own. */
function takeFacts(phase: PhaseDraft, roles: RoleBook, blocks: readonly Block[]): readonly Block[] {
  return blocks.filter((block) => {
    if (block.kind !== 'paragraph') return true;
    const [, label = '', value = ''] =
      /^[\s*_]*(owners?|duration|estimated time)[\s*_]*:[\s*_]*(\S.*)$/is.exec(block.text) ?? [];
    if (/^owner/i.test(label)) {
      const named = bookRoles(roles, value, block.unit);
      if (named.length === 0) return true;
      phase.owner = { roles: named, from: [block.unit] };
      spend(block.unit, label, 'and', 'or');
      return false;
    }
    const duration = label === '' ? undefined : readDuration(value);
    if (duration === undefined) return true;
    phase.duration = { text: duration.text, from: block.unit };
    if (duration.rest === '') spend(block.unit, block.text);
    return duration.rest !== '';
  });
}

function visitSection(visit: Visit, section: Section, parent: Section | undefined): void {
  const { phase } = visit;
  const isRoot = parent === undefined;
  const isBare = section.blocks.length === 0 && section.children.length === 0;
  if (isWork(section.blocks, section.title) || (!isRoot && (isBare || namesWork(section, parent)))) {
    addSteps(visit, stepsOf(visit, section, parent));
  } else if (isRoot) {
    visit.reading.push(...section.blocks);
  } else if (section.children.some(isWorkDeep)) {
    pushGroup(visit.groups, section);
    visit.reading.push(...section.blocks);
  } else {
    const last = phase.steps.at(-1);
    // After a heading that waits for its first step, this text belongs to that step, not to the one before.
    (last === undefined || visit.groups.length > 0 ? visit.reading : last.instructions).push(...flatten(section));
    return;
  }
  for (const child of section.children) visitSection(visit, child, isRoot ? { ...section, title: '' } : section);
}

/** Text alone is still a step where its heading says what to do, or it is numbered within a numbered part. */
const namesWork = (section: Section, parent: Section): boolean =>
  section.blocks.length > 0 && (isImperative(section.title) || (parent.numbered && parent.title === ''));

function stepsOf(visit: Visit, section: Section, parent: Section | undefined): readonly StepDraft[] {
  const title = stepTitle(section, parent, visit.phase);
  const { duration: _, ...rest } = section;
  const isTimed = parent !== undefined && section.duration !== undefined;
  if (isTimed) spendDuration(section);
  return buildSteps(visit.shop, visit.facts, {
    ...rest,
    title,
    ...(isTimed ? { duration: section.duration } : {}),
    ...(parent === undefined ? {} : { under: parent.unit.line }),
  });
}

/** A heading that only repeats the one above it is said once. */
function pushGroup(groups: RemarkLine[], { label, unit }: Section): void {
  const last = groups.at(-1);
  if (last?.text === label) groups[groups.length - 1] = { text: label, from: [...last.from, unit] };
  else groups.push({ text: label, from: [unit] });
}

function stepTitle(section: Section, parent: Section | undefined, phase: PhaseDraft): string {
  if (parent === undefined || !isGenericTitle(section.title)) return section.title;
  const above = parent.title === '' ? phase.title : parent.title.replace(/\s*\([^()]*\)$/, '');
  return above === section.title ? section.title : `${above}: ${section.title}`;
}

function addSteps(visit: Visit, steps: readonly StepDraft[]): StepDraft | undefined {
  const [first] = steps;
  first?.before.unshift(...visit.groups);
  first?.instructions.unshift(...visit.reading);
  visit.groups = [];
  visit.reading = [];
  visit.phase.steps.push(...steps);
  return first;
}

/** What must be so before the phase ends is confirmed in a step of its own; the gate reads that step. */
function addExits({ phase, facts, shop }: Visit, { stepIds }: PhaseShop): void {
  for (const { label, from } of facts.exits) {
    const known = phase.exits.find((exit) => exit.label === label);
    if (known !== undefined) {
      phase.steps.find(({ id }) => id === known.step)?.before.push({ text: label, from: [from] });
      continue;
    }
    const step = startStep(`Confirm: ${label}`, [from], from.line, stepIds);
    phase.steps.push(step);
    if (shop.split) phase.exits.push({ label, from, step: step.id });
  }
}
