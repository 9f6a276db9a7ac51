export type UnitKind = 'heading' | 'checkbox' | 'command' | 'code' | 'table_row' | 'item' | 'paragraph';

/** The smallest piece of the Markdown that must be found again in the draft. Lines count from 1. */
export interface Unit {
  readonly kind: UnitKind;
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
  /** Parts that became something other than words: numbering, blanks to fill in, durations, labels. */
  readonly spent: string[];
  /** Lines of a table of contents that say the same as this heading. */
  readonly twins: Unit[];
}

/** Notes that a part of a unit's text became something other than words. */
export const spend = (unit: Unit, ...parts: readonly string[]): void => {
  unit.spent.push(...parts);
};

/** Words in lower case, without marks of punctuation or Markdown. */
export const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
