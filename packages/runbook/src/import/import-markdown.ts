import { TenantryError } from '@tenantry/contract';
import { emptyCatalog } from '../catalog.ts';
import { formatRunbook } from '../format/index.ts';
import { lintRunbook } from '../lint/index.ts';
import type { LintFault } from '../parse/index.ts';
import { nestsTooDeeply } from '../parse/nesting.ts';
import { type Account, accountFor, countUnits, type ImportCounts } from './account.ts';
import { buildDraft } from './build-draft.ts';
import { draftTree } from './draft-to-tree.ts';
import { readMarkdown } from './read-markdown.ts';
import { repairEncoding } from './repair-encoding.ts';
import { writeDraft } from './write-draft.ts';

/** The largest Markdown file that is imported: a draft of it stays below the limit of runbooks. */
export const IMPORT_CHARACTERS_MAX = 128 * 1024;

/** More of either is no runbook a person wrote, and costs time that grows with its square. */
const LINES_MAX = 5_000;
const LINE_CHARACTERS_MAX = 4_000;

export interface ImportOptions {
  /** The id of the runbook: a-z, 0-9 and hyphens. */
  readonly name: string;
  /** Name of the file, for the header; without its folder. */
  readonly file: string;
  /** Of the file's bytes, for the header. */
  readonly sha256: string;
}

export interface ImportReport extends Account {
  /** What the Markdown consists of. */
  readonly counts: ImportCounts;
  /** What the draft consists of. */
  readonly draft: {
    readonly phases: number;
    readonly steps: number;
    readonly checklistItems: number;
    readonly formFields: number;
    readonly commands: number;
    readonly roles: number;
    readonly references: number;
  };
  /** Characters restored that another program had mis-encoded, and places that may be damaged still. */
  readonly encoding: { readonly repaired: number; readonly suspect: number };
  /** What a reviewer looks at first: faults of the linter, which are errors only when the import went wrong. */
  readonly faults: readonly LintFault[];
}

export interface ImportedMarkdown {
  readonly yaml: string;
  readonly report: ImportReport;
}

/**
 * Turns a Markdown runbook into a draft in the language. The draft lints without errors, everything in it names the
 * line it comes from, and the report proves that every heading, box, command, row, item and paragraph stands in it.
 *
 * @throws TenantryError `file.unreadable` for text without words, too large or nested too deeply.
 */
export function importMarkdown(source: string, options: ImportOptions): ImportedMarkdown {
  refuseUnreadable(source, options.file);
  const { text: restored, repaired, suspect } = repairEncoding(cleanLines(source));
  const text = cleanText(restored);
  if (!/[\p{L}\p{N}]/u.test(text)) throw refused(options.file, 'holds no words', 'Check that it is the right file.');
  const read = guardDepth(options.file, () => readMarkdown(text));
  const draft = buildDraft(read, titleFrom(options.name));
  const tree = draftTree(draft, options.name);
  const header = headerOf(options, repaired);
  const plain = writeDraft(tree, header, false);
  const hasTooMany = nestsTooDeeply(plain.yaml);
  const { yaml, placements } = hasTooMany
    ? writeDraft(tree, header, true)
    : { ...plain, yaml: formatRunbook(plain.yaml) };
  const { faults } = lintRunbook(yaml, { file: `${options.name}.yaml`, catalog: emptyCatalog, read: () => undefined });
  const steps = draft.phases.flatMap((phase) => phase.steps);
  return {
    yaml,
    report: {
      counts: countUnits(read.units, read.tables),
      draft: {
        phases: draft.phases.length,
        steps: steps.length,
        checklistItems: sum(steps.map(({ checklist }) => checklist.length)),
        formFields: sum(steps.map(({ fields }) => fields.length)),
        commands: sum(steps.map(({ shows }) => shows.filter(({ isCommand }) => isCommand).length)),
        roles: draft.roles.size,
        references: draft.about.references.length,
      },
      encoding: { repaired, suspect },
      ...accountFor(text, read.units, placements),
      faults,
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Line ends of one kind, no byte order mark. */
const cleanLines = (source: string): string => source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');

/** Without what a database or YAML cannot keep. Only after repair, which needs the control characters. */
const cleanText = (text: string): string => text.replace(/(?![\t\n])[\p{Cc}\p{Surrogate}\ufdd0-\ufdef]/gu, '\ufffd');

const titleFrom = (name: string): string => name.replace(/-/g, ' ').replace(/^./, (first) => first.toUpperCase());

function headerOf({ file, sha256 }: ImportOptions, repaired: number): readonly string[] {
  const name = file.replace(/[\r\n]/g, ' ');
  return [
    `Draft imported from ${name} (sha256 ${sha256}).`,
    'Review it before it is published: owners, gates, and each command marked "review before automating".',
    'Every "from line" names the line of that file; delete these comments as you go.',
    ...(repaired === 0 ? [] : [`${repaired} mis-encoded characters were restored.`]),
  ];
}

const refused = (file: string, why: string, next: string, cause?: unknown): TenantryError =>
  new TenantryError('file.unreadable', `${file} ${why}.`, { next, ...(cause === undefined ? {} : { cause }) });

/** Containers on one line, such as a thousand `>`, cost the parser the square of their number. */
const CONTAINERS_MAX = 60;
const CONTAINERS = new RegExp(`^(?:\\s*(?:>|[*+-]\\s|\\d{1,9}[.)]\\s)){${CONTAINERS_MAX}}`);

/** @throws file.unreadable for what is no text, or larger than anything a person reads */
function refuseUnreadable(source: string, file: string): void {
  if (source.length > IMPORT_CHARACTERS_MAX) {
    const limit = `at most ${IMPORT_CHARACTERS_MAX / 1024} KiB are imported`;
    throw refused(file, `has ${Math.ceil(source.length / 1024)} KiB of text; ${limit}`, 'Import it in parts.');
  }
  if (source.includes('\0'))
    throw refused(file, 'holds NUL characters: it is not text', 'Check that it is the right file.');
  const lines = source.split('\n');
  if (lines.length > LINES_MAX)
    throw refused(file, `has ${lines.length} lines; at most ${LINES_MAX} are imported`, 'Import it in parts.');
  for (const [index, line] of lines.entries()) {
    if (line.length > LINE_CHARACTERS_MAX)
      throw refused(file, `has more than ${LINE_CHARACTERS_MAX} characters in line ${index + 1}`, 'Break the line.');
    if (CONTAINERS.test(line))
      throw refused(file, `is nested too deeply in line ${index + 1}`, 'Flatten its lists and quotations.');
  }
}

function guardDepth<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError)
      throw refused(file, 'is nested too deeply', 'Flatten its lists and quotations.', error);
    throw error;
  }
}
