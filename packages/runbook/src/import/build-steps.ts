/** One part of the document into the steps a person would have written for it. */
import { markdownOf, unitsOf } from './blocks.ts';
import { type CommandPart, fileNameIn, readCommands } from './commands.ts';
import { type FillIn, fieldOf, readFillIn, signerOf } from './fill-ins.ts';
import { boldLine, withoutNumber } from './outline.ts';
import { readDuration } from './read-duration.ts';
import type { Block, CodeBlock, Item, ListBlock, ParagraphBlock, TableBlock } from './read-markdown.ts';
import { bookRole, bookRoles, type RoleBook } from './role-book.ts';
import { addShown, hasWork, type StepDraft, startStep } from './step-draft.ts';
import { useOf, workRows } from './tables.ts';
import { spend, type Unit } from './unit.ts';
import { introducesTelling, isImperative } from './vocabulary.ts';

/** What the steps of one phase are put together with. */
export interface Workshop {
  readonly roles: RoleBook;
  readonly stepIds: Set<string>;
  /** Script parts and bold lines become steps of their own. Not where a part is only read. */
  readonly split: boolean;
}

/** What a part says of the phase it stands in. */
export interface PhaseFacts {
  readonly exits: { readonly label: string; readonly from: Unit }[];
}

/** A heading with what stands below it. */
export interface WorkPart {
  readonly title: string;
  readonly unit: Unit;
  readonly duration?: string;
  /** Line of the heading above. */
  readonly under?: number;
  readonly blocks: readonly Block[];
}

interface Building {
  readonly shop: Workshop;
  readonly facts: PhaseFacts;
  readonly part: WorkPart;
  /** Bold lines that name work: a single one only repeats its heading. */
  readonly pieces: number;
  readonly steps: StepDraft[];
  step: StepDraft;
  /** What the last line said of what follows it. */
  mode: 'none' | 'telling' | 'artifacts' | 'expected';
  /** A line that only named what comes next. */
  label: Unit | undefined;
}

/** True when somebody has to do something here, besides reading. */
export const isWork = (blocks: readonly Block[], title: string): boolean =>
  blocks.some((block, index) => isWorkBlock(block, blocks[index - 1], title));

function isWorkBlock(block: Block, before: Block | undefined, title: string): boolean {
  switch (block.kind) {
    case 'code':
      return block.unit.kind === 'command' || /^(markdown|md)\b/i.test(block.language);
    case 'table':
      return useOf(block, title) !== 'text';
    case 'list':
      return listUse(block, before) !== 'text';
    case 'paragraph':
      return (
        readFillIn(block.text) !== undefined ||
        signerOf(block.text) !== undefined ||
        /^[\s*_]*(exit|artifacts?)\b[^:]*:/i.test(block.text)
      );
    case 'heading':
      return false;
  }
}

function listUse(list: ListBlock, before: Block | undefined): 'boxes' | 'work' | 'fields' | 'text' {
  if (list.items.some(hasBox)) return 'boxes';
  if (list.items.length > 0 && list.items.every(({ text }) => readFillIn(text) !== undefined)) return 'fields';
  if (before?.kind === 'paragraph' && introducesTelling(before.text)) return 'text';
  const imperative = list.items.filter(({ text }) => isImperative(text)).length;
  if (list.ordered) return 'work';
  return list.items.length > 0 && imperative * 2 > list.items.length ? 'work' : 'text';
}

const hasBox = (item: Item): boolean =>
  item.box || item.blocks.some((block) => block.kind === 'list' && block.items.some(hasBox));

/** The steps of a part: mostly one; more where a script is numbered or a bold line names a piece of work. */
export function buildSteps(shop: Workshop, facts: PhaseFacts, part: WorkPart): readonly StepDraft[] {
  const under = part.under === undefined ? {} : { under: part.under };
  const step = startStep(part.title, [part.unit], part.unit.line, shop.stepIds, under);
  if (part.duration !== undefined) step.estimate = { text: part.duration, from: part.unit };
  const pieces = part.blocks.filter((block, index) => opensStep(block, part.blocks[index + 1])).length;
  const building: Building = { shop, facts, part, pieces, steps: [step], step, mode: 'none', label: undefined };
  for (const [index, block] of part.blocks.entries()) {
    if (block.kind === 'paragraph') addParagraph(building, block, part.blocks[index + 1]);
    else if (block.kind === 'list') addList(building, block, part.blocks[index - 1]);
    else if (block.kind === 'code') addCode(building, block);
    else if (block.kind === 'table') addTable(building, block);
    else building.step.instructions.push(block);
    if (block.kind === 'paragraph') continue;
    building.mode = 'none';
    for (const unit of takeLabel(building)) building.step.before.push({ text: unit.text, from: [unit] });
  }
  return building.steps;
}

const LABEL =
  /^[\s*_]*(owners?|artifacts?|exit(?: criteria)?|duration|estimated time|expected (?:output|result|response)s?|output example)\b[^:\n]{0,20}:[\s*_]*/i;

function addParagraph(building: Building, block: ParagraphBlock, next: Block | undefined): void {
  const { step, shop } = building;
  building.mode = introducesTelling(block.text) ? 'telling' : 'none';
  const signer = signerOf(block.text);
  if (signer !== undefined) {
    for (const line of block.text.split('\n')) {
      const name = signerOf(line);
      if (name !== undefined) step.signers.push(bookRole(shop.roles, name, block.unit));
      spend(block.unit, name === undefined ? '' : line.slice(line.indexOf(name) + name.length));
    }
    const rest = block.text.split('\n').filter((line) => signerOf(line) === undefined);
    if (rest.length > 0) step.instructions.push({ ...block, text: rest.join('\n') });
    return;
  }
  const field = readFillIn(block.text);
  if (field !== undefined) {
    addField(step, field, block.unit);
    return;
  }
  const label = LABEL.exec(block.text);
  if (label !== null && addLabelled(building, block, label, next)) return;
  if (shop.split && opensStep(block, next)) {
    const bold = boldLine(block.text) ?? '';
    const bare = withoutNumber(bold, block.unit);
    if (bare !== bold || building.pieces > 1) {
      const isOption = OPTION.test(bold);
      const title = bare === bold && !isOption ? `${building.part.title}: ${bold}` : bare;
      building.step = startPiece(building, title, block.unit, block.unit.line, isOption);
      return;
    }
  }
  step.instructions.push(block);
}

const OPTION = /^(option|alternative|method|variant) \w\b/i;
const NUMBERED_LINE = /^\d+(\.\d+)*[a-z]?[.:)]\s/;

/** A bold line before work or a script names a step of its own, unless it only says what is told below. */
function opensStep(block: Block, next: Block | undefined): boolean {
  const bold = block.kind === 'paragraph' ? boldLine(block.text) : undefined;
  if (bold === undefined || introducesTelling(bold)) return false;
  if (NUMBERED_LINE.test(bold)) return true;
  return (next?.kind === 'list' || next?.kind === 'code') && isWorkBlock(next, block, '');
}

/** True where nothing of the line is left to be kept as text. */
function addLabelled(
  building: Building,
  block: ParagraphBlock,
  label: RegExpExecArray,
  next: Block | undefined,
): boolean {
  const { facts, step, shop } = building;
  const word = (label[1] ?? '').toLowerCase();
  const value = block.text.slice(label[0].length).trim();
  const { unit } = block;
  if (word.startsWith('owner')) {
    const owner = bookRoles(shop.roles, value, unit);
    if (owner.length === 0) return false;
    spend(unit, word, 'and', 'or');
    step.owner ??= owner;
    return true;
  }
  if (word === 'duration' || word === 'estimated time') {
    const duration = readDuration(value);
    if (duration === undefined) return false;
    step.estimate ??= { text: duration.text, from: unit };
    if (duration.rest === '') spend(unit, block.text);
    return duration.rest === '';
  }
  if (word.startsWith('exit')) {
    if (value === '') return false;
    spend(unit, word);
    facts.exits.push({ label: value.replace(/\s+/g, ' '), from: unit });
    return true;
  }
  if (word.startsWith('artifact')) {
    if (value === '' && next?.kind !== 'list') return false;
    building.mode = 'artifacts';
    if (value === '') return carry(building, unit, block.text);
    spend(unit, word);
    step.checklist.push({ text: value, from: [unit], evidence: 'link' });
    return true;
  }
  if (value !== '' || next?.kind !== 'code') return false;
  building.mode = 'expected';
  return carry(building, unit, block.text);
}

/** A line that only names what follows it goes where that goes. */
function carry(building: Building, unit: Unit, text: string): true {
  spend(unit, text);
  building.label = unit;
  return true;
}

function takeLabel(building: Building): readonly Unit[] {
  const { label } = building;
  building.label = undefined;
  return label === undefined ? [] : [label];
}

function addField(step: StepDraft, { title, schema, spent }: FillIn, unit: Unit): void {
  spend(unit, ...spent);
  step.fields.push({ title, schema, from: [unit] });
}

function startPiece(building: Building, title: string, unit: Unit, line: number, isOption = false): StepDraft {
  const { shop, steps, step, part } = building;
  const piece = startStep(title, [unit], line, shop.stepIds, {
    ...(isOption ? { under: part.unit.line, optionOf: part.title } : {}),
    ...(isOption || step.under === undefined ? {} : { under: step.under }),
  });
  if (!hasWork(step) && step.optionOf === undefined) {
    // What stands above the first piece has nothing to do of its own: it goes with that piece.
    steps.pop();
    shop.stepIds.delete(step.id);
    piece.before.push(...step.before, ...step.from.map((from) => ({ text: step.title, from: [from] })));
    piece.instructions.push(...step.instructions);
    if (step.owner !== undefined) piece.owner = step.owner;
    if (step.estimate !== undefined) piece.estimate = step.estimate;
  }
  steps.push(piece);
  return piece;
}

function addList(building: Building, list: ListBlock, before: Block | undefined): void {
  const { step } = building;
  const use = building.mode === 'artifacts' ? 'artifacts' : listUse(list, before);
  if (use === 'text') {
    step.instructions.push(list);
    return;
  }
  for (const item of list.items) addItem(building, item, use === 'artifacts');
}

function addItem(building: Building, item: Item, isArtifact: boolean): void {
  const { step } = building;
  const field = readFillIn(item.text);
  const nested = item.blocks.filter((block) => block.kind === 'list' && !block.items.some(hasBox));
  const others = item.blocks.filter((block) => !nested.includes(block));
  if (field !== undefined) {
    addField(step, field, item.unit);
    others.unshift(...nested);
  } else {
    const more = nested.map((block) => ` ${markdownOf(block).replace(/\s*\n\s*/g, ' ')}`).join('');
    const from = [item.unit, ...nested.flatMap(unitsOf), ...takeLabel(building)];
    if (item.text !== '' || more !== '')
      step.checklist.push({ text: `${item.text}${more}`.trim(), from, ...(isArtifact ? { evidence: 'link' } : {}) });
    else spend(item.unit, item.unit.text);
  }
  for (const block of others) {
    if (block.kind === 'code') addCode(building, block, false);
    else if (block.kind === 'list') for (const child of block.items) addItem(building, child, isArtifact);
    else step.instructions.push(block);
  }
}

function addCode(
  building: Building,
  block: CodeBlock,
  split = building.shop.split && building.mode !== 'telling',
): void {
  const { unit } = block;
  const { step } = building;
  if (building.mode === 'expected') {
    const units = [unit, ...takeLabel(building)];
    addShown(step, 'expected', { text: block.text, units, line: unit.line, isCommand: false });
    return;
  }
  if (unit.kind !== 'command') {
    const isTemplate = /^(markdown|md)\b/i.test(block.language);
    if (!isTemplate && !hasLetters(block.text)) return void step.instructions.push(block);
    const label = isTemplate ? 'template' : (fileNameIn(block.text) ?? (block.language || 'sample'));
    addShown(step, label, { text: block.text, units: [unit], line: unit.line, isCommand: false });
    return;
  }
  for (const part of readCommands(block.text, unit, split)) addCommand(building, part, unit);
}

const hasLetters = (text: string): boolean => /\p{L}/u.test(text);

function addCommand(building: Building, part: CommandPart, unit: Unit): void {
  if (part.title !== undefined) building.step = startPiece(building, part.title, unit, part.line);
  const { step } = building;
  if (part.command !== '')
    addShown(step, 'command', { text: part.command, units: [unit], line: part.line, isCommand: true });
  if (part.expected !== undefined)
    addShown(step, 'expected', { text: part.expected, units: [unit], line: part.line, isCommand: false });
}

function addTable(building: Building, table: TableBlock): void {
  const { step, shop } = building;
  const use = useOf(table, building.part.title);
  if (use === 'text') {
    step.instructions.push(table);
    return;
  }
  step.before.push({ text: `Columns: ${table.head.cells.join(', ')}`, from: [table.head.unit] });
  for (const { text, owner, row } of workRows(table)) {
    spend(row.unit, 'and', 'or');
    if (text === '') spend(row.unit, row.unit.text);
    else if (use === 'fields') step.fields.push(askedField(table.head.cells, row.cells, row.unit));
    else
      step.checklist.push({
        text,
        from: [row.unit],
        ...(owner === undefined ? {} : { owner: bookRoles(shop.roles, owner, row.unit) }),
      });
  }
}

function askedField(head: readonly string[], cells: readonly string[], from: Unit): StepDraft['fields'][number] {
  const title = cells.find((cell) => cell !== '') ?? '';
  const rest = cells.slice(1);
  const described = rest.map((cell, index) => (cell === '' ? '' : `${head[index + 1] ?? ''}: ${cell}`));
  const description = described.filter((cell) => cell !== '').join('; ');
  return { title, schema: { ...fieldOf(title), ...(description === '' ? {} : { description }) }, from: [from] };
}
