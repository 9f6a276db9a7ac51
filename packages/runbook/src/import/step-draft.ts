import type { RemarkLine } from './draft-tree.ts';
import type { Block } from './read-markdown.ts';
import { idFor, uniqueId } from './role-book.ts';
import type { Unit } from './unit.ts';

export interface DraftItem {
  readonly text: string;
  readonly from: readonly Unit[];
  readonly owner?: readonly string[];
  readonly evidence?: 'link';
}

/** A step while it is put together. */
export interface StepDraft {
  readonly id: string;
  readonly title: string;
  readonly from: readonly Unit[];
  readonly line: number;
  readonly before: RemarkLine[];
  owner?: readonly string[];
  estimate?: { readonly text: string; readonly from: Unit };
  readonly instructions: Block[];
  readonly checklist: DraftItem[];
  readonly fields: { readonly title: string; readonly schema: object; readonly from: readonly Unit[] }[];
  readonly shows: {
    readonly label: string;
    readonly text: string;
    readonly units: readonly Unit[];
    readonly line: number;
    readonly isCommand: boolean;
  }[];
  /** Who signs for it, by role id. */
  readonly signers: string[];
  /** The heading it stands under, by its line. */
  readonly under?: number;
  /** What it is one of several ways to do. */
  readonly optionOf?: string;
}

export function startStep(
  title: string,
  from: readonly Unit[],
  line: number,
  taken: Set<string>,
  { under, optionOf }: { readonly under?: number; readonly optionOf?: string } = {},
): StepDraft {
  const id = uniqueId(idFor(title, 'step'), taken);
  return {
    id,
    title,
    from,
    line,
    before: [],
    instructions: [],
    checklist: [],
    fields: [],
    shows: [],
    signers: [],
    ...(under === undefined ? {} : { under }),
    ...(optionOf === undefined ? {} : { optionOf }),
  };
}

/** True once somebody has something to do in it besides reading. */
export const hasWork = ({ checklist, fields, shows, signers }: StepDraft): boolean =>
  checklist.length + fields.length + shows.length + signers.length > 0;

/** True where all there is to do is to sign. */
export const isOnlySigned = (step: StepDraft): boolean => step.signers.length > 0 && !hasWork({ ...step, signers: [] });

/** Under a label no other of the step has. */
export function addShown(step: StepDraft, label: string, shown: Omit<StepDraft['shows'][number], 'label'>): void {
  const labels = new Set(step.shows.map((other) => other.label));
  step.shows.push({ label: uniqueId(label, labels), ...shown });
}
