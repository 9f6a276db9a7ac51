/** The whole document: which part is work, which is about the document, which is only to be read. */
import { flatten } from './blocks.ts';
import { type AboutDraft, isParagraph, startAbout, takeFact, takePart } from './build-about.ts';
import { buildPhase, isWorkDeep, type PhaseDraft, type PhaseShop } from './build-phases.ts';
import { isWork } from './build-steps.ts';
import type { RemarkLine } from './draft-tree.ts';
import { type Outline, outlineOf, type Section } from './outline.ts';
import { applyTimes } from './phase-times.ts';
import type { Block, ReadText, TableBlock } from './read-markdown.ts';
import type { BookedRole } from './role-book.ts';
import { startStep } from './step-draft.ts';
import { phaseTimes } from './tables.ts';
import { spend, type Unit, wordsOf } from './unit.ts';
import { partKind } from './vocabulary.ts';

export interface Draft {
  readonly title: string;
  readonly titleUnit?: Unit;
  readonly about: AboutDraft;
  readonly roles: ReadonlyMap<string, BookedRole>;
  readonly phases: readonly PhaseDraft[];
}

interface Work {
  readonly outline: Outline;
  readonly about: AboutDraft;
  readonly shop: PhaseShop;
  readonly phases: PhaseDraft[];
  readonly later: PhaseDraft[];
  /** To be read, in pieces that each become one task. */
  readonly material: { readonly title: string; readonly unit: Unit | undefined; readonly blocks: readonly Block[] }[];
}

export function buildDraft({ blocks, units }: ReadText, fallbackTitle: string): Draft {
  const outline = outlineOf(blocks);
  const shop: PhaseShop = { roles: new Map(), phaseIds: new Set(), stepIds: new Set() };
  const work: Work = { outline, about: startAbout(), shop, phases: [], later: [], material: [] };
  const title = outline.title?.label ?? fallbackTitle;
  placeOpening(work, title);
  for (const part of outline.parts) placePart(work, part, units);
  layTimes(work, blocks);
  const material = materialPhase(work);
  const phases = [...work.phases, ...work.later, ...(material === undefined ? [] : [material])];
  return {
    title,
    ...(outline.title === undefined ? {} : { titleUnit: outline.title.unit }),
    about: work.about,
    roles: shop.roles,
    phases,
  };
}

/** What stands before the first part: facts, what it is for, and sometimes already work. */
function placeOpening(
  { outline: { opening, title: heading }, about, shop, phases, material }: Work,
  title: string,
): void {
  const rest = opening.filter((block) => !isParagraph(block) || !takeFact(about, shop.roles, block.text, block.unit));
  if (isWork(rest, title)) {
    const unit = heading?.unit ?? unitAt(rest);
    phases.push(buildPhase(shop, { title, label: title, unit, numbered: false, blocks: rest, children: [] }));
    return;
  }
  const isShown = (block: Block): boolean => block.kind === 'code' || block.kind === 'table';
  about.purpose.push(...rest.filter((block) => !isShown(block)));
  const others = rest.filter(isShown);
  if (others.length > 0) material.push({ title, unit: undefined, blocks: others });
}

/** A place to point at where no heading stands above. */
const unitAt = (blocks: readonly Block[]): Unit => {
  const [first] = blocks;
  const line = first === undefined ? 1 : 'unit' in first ? first.unit.line : 1;
  return { kind: 'heading', line, endLine: line, text: '', spent: [], twins: [] };
};

function placePart(work: Work, part: Section, units: readonly Unit[]): void {
  const { about, shop, later, material } = work;
  if (part.blocks.length === 0 && part.children.length === 0 && takeFact(about, shop.roles, part.unit.text, part.unit))
    return;
  const kind = partKind(part.title);
  const isDone = isWorkDeep(part);
  switch (kind) {
    case 'contents':
      return placeContents(work, part, units);
    case 'references':
    case 'history':
    case 'approval':
    case 'raci':
    case 'contacts': {
      if (isDone && kind !== 'approval' && kind !== 'contacts' && kind !== 'raci') return placeWork(work, part, []);
      const rest = takePart(about, shop.roles, part, kind);
      if (rest.length > 0) material.push({ title: part.label, unit: part.unit, blocks: rest });
      return;
    }
    case 'rollback':
    case 'troubleshooting':
      if (!isDone) break;
      later.push(buildPhase(shop, part, { off: WHY[kind] }));
      return;
    case 'material':
      if (!isDone) break;
      if (part.children.length === 0 || /appendix|glossary|variation/i.test(part.title)) {
        later.push(buildPhase(shop, part, { off: WHY.troubleshooting }));
        return;
      }
      return placeWork(work, part, []);
    case 'purpose':
      return isDone && part.children.some(isWorkDeep) ? placeWork(work, part, []) : placePurpose(work, part);
    case 'work':
      if (isDone || part.numbered || /\b(checklist|prerequisites)\b/i.test(part.title))
        return placeWork(work, part, []);
  }
  placeMaterial(work, part);
}

const WHY = {
  rollback: 'not part of a normal run: make it a runbook of its own and name it under `rollback:`',
  troubleshooting: 'not part of a normal run: keep it as a document and point to it with `help:`',
} as const;

/** A phase; or several, where the part only holds what calls itself steps or phases. */
function placeWork(work: Work, part: Section, before: readonly RemarkLine[]): void {
  const { shop, phases, about } = work;
  const numbered = part.children.filter((child) => child.numbered).length;
  if (numbered < 2 || isWork(part.blocks, part.title)) {
    phases.push(buildPhase(shop, part, { before }));
    return;
  }
  about.purpose.push(...part.blocks);
  let remarks: readonly RemarkLine[] = [...before, { text: part.label, from: [part.unit] }];
  for (const child of part.children) {
    placeWork(work, child, remarks);
    remarks = [];
  }
}

/** A list of the headings says what the headings say. */
function placeContents({ material }: Work, part: Section, units: readonly Unit[]): void {
  const byWords = new Map<string, Unit>();
  for (const unit of units) if (unit.kind === 'heading') byWords.set(wordsOf(unit.text).join(' '), unit);
  const twinOf = (text: string): Unit | undefined => {
    const label = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const words = wordsOf(label);
    return (
      byWords.get(words.join(' ')) ??
      [...byWords].find(([title]) => title.replace(/^[\d ]+/, '') === words.join(' '))?.[1]
    );
  };
  const isListed = (block: Block): boolean =>
    block.kind === 'list' &&
    block.items.every((item) => twinOf(item.text) !== undefined && item.blocks.every(isListed));
  const link = (block: Block): void => {
    if (block.kind !== 'list') return;
    for (const item of block.items) {
      const twin = twinOf(item.text);
      twin?.twins.push(item.unit);
      spend(item.unit, ...(twin?.spent ?? []));
      spend(item.unit, ...[...item.text.matchAll(/\]\(([^)]*)\)/g)].map(([, target = '']) => target));
      item.blocks.forEach(link);
    }
  };
  const all = part.blocks.every(isListed) && part.children.length === 0;
  const listed = all ? part.blocks.flatMap((block) => (block.kind === 'list' ? block.items : [])) : [];
  const first = listed.map((item) => twinOf(item.text)).find((unit) => unit !== undefined);
  if (first === undefined) {
    material.push({ title: part.label, unit: part.unit, blocks: flatten(part) });
    return;
  }
  part.blocks.forEach(link);
  spend(part.unit, part.unit.text);
  first.twins.push(part.unit);
}

/** Text and lists say what the runbook is for; drawings and tables are to be read elsewhere. */
function placePurpose({ about, shop, material }: Work, part: Section): void {
  const shown = part.blocks.filter((block) => block.kind === 'code' || block.kind === 'table');
  const told = part.blocks.filter(
    (block) =>
      block.kind !== 'code' &&
      block.kind !== 'table' &&
      !(isParagraph(block) && takeFact(about, shop.roles, block.text, block.unit)),
  );
  const heading: Block = { kind: 'heading', depth: 3, text: part.label, unit: part.unit };
  if (shown.length > 0) material.push({ title: part.label, unit: part.unit, blocks: shown });
  const isOnlyPurpose = told.length > 0 && /^purpose$/i.test(part.label) && about.purpose.length === 0;
  if (isOnlyPurpose) about.purposeUnits.push(part.unit);
  if (told.length > 0) about.purpose.push(...(isOnlyPurpose ? [] : [heading]), ...told);
  else if (shown.length === 0 || part.label !== part.title)
    about.remarks.purpose.push({ text: part.label, from: [part.unit] });
  for (const child of part.children) placePurpose({ about, shop, material } as Work, child);
}

function placeMaterial({ material }: Work, part: Section): void {
  material.push({ title: part.label, unit: part.unit, blocks: [...part.blocks, ...part.children.flatMap(flatten)] });
}

function layTimes({ shop, phases }: Work, blocks: readonly Block[]): void {
  for (const table of blocks.filter((block): block is TableBlock => block.kind === 'table')) {
    const rows = phaseTimes(table);
    if (rows !== undefined) applyTimes(shop, phases, rows, /^(phase|stage)s?$/i.test(table.head.cells[0] ?? ''));
  }
}

/** What is only to be read, at the end. It is the whole draft where there is nothing else. */
function materialPhase({ material, shop, phases, later }: Work): PhaseDraft | undefined {
  const alone = phases.length + later.length === 0;
  if (material.length === 0 && !alone) return undefined;
  const id = shop.phaseIds.has('material') ? 'imported_material' : 'material';
  const steps = material.map(({ title, unit, blocks }) => {
    const units = unit === undefined ? [] : [unit];
    const step = startStep(title, units, unit?.line ?? 1, shop.stepIds);
    step.instructions.push(...blocks);
    return step;
  });
  if (steps.length === 0) steps.push(startStep('Read the purpose and write the steps', [], 1, shop.stepIds));
  return {
    id,
    title: 'Material to read',
    from: [],
    ...(alone ? {} : { off: 'tables and text without work in them: move what is worth keeping, delete the rest' }),
    before: [],
    exits: [],
    steps,
  };
}
