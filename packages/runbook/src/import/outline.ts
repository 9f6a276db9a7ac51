/** The headings of a document as a tree, each with what stands directly below it. */
import { readDuration } from './read-duration.ts';
import type { Block, Heading } from './read-markdown.ts';
import { spend, type Unit } from './unit.ts';
import { partKind } from './vocabulary.ts';

export interface Section {
  /** Without numbering and without a duration in brackets. */
  readonly title: string;
  /** Without numbering only. */
  readonly label: string;
  readonly unit: Unit;
  /** `Phase 3`, `Step 2`: it says itself that it is a part of the work. */
  readonly numbered: boolean;
  /** Read from the brackets of its title. */
  readonly duration?: string;
  readonly blocks: readonly Block[];
  readonly children: readonly Section[];
}

export interface Outline {
  readonly title?: Section;
  /** What stands before the first part. */
  readonly opening: readonly Block[];
  readonly parts: readonly Section[];
}

interface OpenSection {
  readonly heading: Heading;
  readonly blocks: Block[];
  readonly children: OpenSection[];
}

const STEP_NUMBER =
  /^(?:(?:rollback|roll-back)\s+)?(?:step|phase|stage|part)\s+(?:\d+|[ivx]+|[a-z])(?:[.:)]|\s*[-–—]|\s|$)\s*/i;
const NUMBER = /^\d+(?:\.\d+)*[a-z]?(?:[.):]+\s*|\s+[-–—]\s+|\s+)(?=\S)/;
const BRACKETS = /\s*\(([^()]*)\)\s*$/;

/** The document as its title, its opening, and its parts at the highest level that has more than the title. */
export function outlineOf(blocks: readonly Block[]): Outline {
  const opening: Block[] = [];
  const roots: OpenSection[] = [];
  const path: OpenSection[] = [];
  const top = topDepth(blocks);
  for (const written of blocks) {
    const block = promoted(written, top);
    if (block.kind !== 'heading') {
      (path.at(-1)?.blocks ?? opening).push(block);
      continue;
    }
    while (path.length > 0 && (path.at(-1)?.heading.depth ?? 0) >= block.depth) path.pop();
    const section: OpenSection = { heading: block, blocks: [], children: [] };
    (path.at(-1)?.children ?? roots).push(section);
    path.push(section);
  }
  const sections = roots.map(closeSection);
  const [only, ...more] = sections;
  // A single top heading, or one that nothing stands under, names the document; others name its parts.
  if (only === undefined || (more.length > 0 && only.children.length > 0 && sections.some(hasPeers)))
    return { opening, parts: sections };
  const parts = [...only.children, ...more];
  if (parts.length === 0 && only.blocks.some((block) => block.kind !== 'paragraph')) {
    return { opening, parts: sections };
  }
  return { title: only, opening: [...opening, ...only.blocks], parts };
}

/** The level of the parts: below the title where there is one. */
const topDepth = (blocks: readonly Block[]): number => {
  const depths = blocks.flatMap((block) => (block.kind === 'heading' ? [block.depth] : []));
  const highest = Math.min(...depths);
  const isTitle = depths.filter((depth) => depth === highest).length === 1;
  return isTitle ? Math.min(...depths.filter((depth) => depth > highest), highest + 1) : highest;
};

/** `**Version history:**` above a table at the end is a part of its own, though not written as a heading. */
function promoted(block: Block, depth: number): Block {
  const bold = block.kind === 'paragraph' ? boldLine(block.text) : undefined;
  if (block.kind !== 'paragraph' || bold === undefined || !Number.isFinite(depth)) return block;
  const isPart = ['history', 'approval', 'raci'].includes(partKind(bold));
  return isPart ? { kind: 'heading', depth, text: bold, unit: block.unit } : block;
}

/** A line that is bold as a whole, as some write their lowest headings. */
export const boldLine = (text: string): string | undefined =>
  /^\*\*([^*\n]{1,100})\*\*:?$/.exec(text)?.[1]?.replace(/:$/, '');

/** More than one heading of the first level carries parts: then none of them is the title. */
const hasPeers = (section: Section, index: number): boolean => index > 0 && section.children.length > 0;

/** Built from the bottom up without recursion deeper than the headings themselves. */
function closeSection({ heading, blocks, children }: OpenSection): Section {
  const { unit } = heading;
  const label = withoutNumber(heading.text, unit);
  const bracket = BRACKETS.exec(label);
  const duration = bracket === null ? undefined : readDuration(bracket[1] ?? '');
  const isTimed = duration !== undefined && duration.rest === '' && bracket?.index !== 0;
  return {
    title: isTimed ? label.slice(0, bracket?.index) : label,
    label,
    unit,
    numbered: STEP_NUMBER.test(heading.text),
    ...(isTimed ? { duration: duration.text } : {}),
    blocks,
    children: children.map(closeSection),
  };
}

/** `2.1 Encrypt the key`, `Step 3: Test`: the order already says the number. */
export function withoutNumber(text: string, unit: Unit): string {
  const cleaned = text.replace(STEP_NUMBER, '').replace(NUMBER, '').trim();
  if (cleaned === '' || cleaned === text) return text;
  spend(unit, text.slice(0, text.length - cleaned.length));
  return cleaned;
}

/** The duration in brackets has become a key of its own. */
export const spendDuration = ({ unit, label, title }: Section): void => spend(unit, label.slice(title.length));
