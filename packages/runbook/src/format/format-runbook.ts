import { TenantryError } from '@tenantry/contract';
import { type Document, isCollection, isMap, isSeq, parseDocument, visit, YAMLMap, YAMLSeq } from 'yaml';
import { RUNBOOK_BYTES_MAX } from '../parse/parse-runbook.ts';
import { readYaml } from '../parse/read-yaml.ts';
import { fixSource } from './fix-source.ts';

/** A `{ }` or `[ ]` longer than this is written as a block. */
const FLOW_MAX = 110;

/**
 * A runbook in its one form: quoting repaired, two spaces of indent, `{ a: b }` and `[a, b]`, long ones as blocks, a
 * blank line between phases. Comments stay. Formatting twice changes nothing.
 *
 * @throws TenantryError `runbook.invalid` when the file cannot be read as YAML even after quoting is repaired.
 */
export function formatRunbook(source: string): string {
  const fixed = fixSource(source).source;
  const { value, faults } = readYaml(fixed, '', RUNBOOK_BYTES_MAX);
  if (value === undefined) {
    throw new TenantryError('runbook.invalid', faults[0]?.message ?? 'The file cannot be read.', {
      faults,
      next: 'Correct the syntax first.',
    });
  }
  // First everything on lines of its own length, so that the second pass measures what it will print.
  const measured = parse(print(parse(fixed)));
  visit(measured, {
    Collection: (_, node) => {
      const length = (node.range?.[1] ?? 0) - (node.range?.[0] ?? 0);
      if (node.flow === true && node.items.length > 0 && length > FLOW_MAX) node.flow = false;
    },
  });
  separatePhases(measured);
  return print(measured);
}

const parse = (source: string): Document =>
  parseDocument(source, { version: '1.2', schema: 'core', uniqueKeys: false, logLevel: 'silent' });

function print(document: Document): string {
  visit(document, { Collection: (_, node) => padded(node) });
  return document.toString({ lineWidth: 0, indent: 2, indentSeq: true });
}

type Print = (context?: object, onComment?: () => void, onChompKeep?: () => void) => string;

/** Spaces inside `{ }` and none inside `[ ]`; the library only knows both or neither. */
function padded(node: unknown): void {
  if (!(node instanceof YAMLMap || node instanceof YAMLSeq)) return;
  const print: Print = node.toString.bind(node) as Print;
  const flowCollectionPadding = isSeq(node) ? '' : ' ';
  const own: Print = (context, ...rest) =>
    print(context === undefined ? context : { ...context, flowCollectionPadding }, ...rest);
  node.toString = own as typeof node.toString;
}

function separatePhases(document: Document): void {
  const phases = isMap(document.contents) ? document.contents.get('phases') : undefined;
  if (!isCollection(phases)) return;
  for (const [index, phase] of phases.items.entries()) {
    if (isMap(phase) && index > 0) phase.spaceBefore = true;
  }
}
