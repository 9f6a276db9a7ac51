/** Blocks as Markdown again, and the units in them. */

import type { Section } from './outline.ts';
import type { Block, Item, ListBlock } from './read-markdown.ts';
import type { Unit } from './unit.ts';

export function unitsOf(block: Block): readonly Unit[] {
  switch (block.kind) {
    case 'table':
      return [block.head.unit, ...block.rows.map(({ unit }) => unit)];
    case 'list':
      return block.items.flatMap(unitsOfItem);
    default:
      return [block.unit];
  }
}

export const unitsOfItem = (item: Item): readonly Unit[] => [item.unit, ...item.blocks.flatMap(unitsOf)];

export function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `### ${block.text}`;
    case 'paragraph':
      return block.text;
    case 'code': {
      const longest = Math.max(2, ...[...block.text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
      const fence = '`'.repeat(longest + 1);
      return `${fence}${block.language}\n${block.text}\n${fence}`;
    }
    case 'table':
      return block.source;
    case 'list':
      return block.items.map((item, index) => itemMarkdown(block, item, index)).join('\n');
  }
}

function itemMarkdown(list: ListBlock, item: Item, index: number): string {
  const mark = list.ordered ? `${list.start + index}.` : '-';
  const box = item.box ? '[ ] ' : '';
  const below = item.blocks.map((block) => indent(markdownOf(block), mark.length + 1)).join('\n');
  const own = `${mark} ${box}${item.text}`.trimEnd();
  return below === '' ? own : `${own}\n${below}`;
}

const indent = (text: string, by: number): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n');

/** A part with everything below it, as blocks: its heading first. */
export const flatten = (section: Section): readonly Block[] => [
  { kind: 'heading', depth: 3, text: section.label, unit: section.unit },
  ...section.blocks,
  ...section.children.flatMap(flatten),
];
