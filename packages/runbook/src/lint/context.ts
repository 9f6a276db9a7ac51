/** What every rule is given, and how it reports. */
import type { Catalog } from '../catalog.ts';
import type { JsonSchema, Phase, Runbook, Step } from '../definition.ts';
import { extendTypeScope, type TypeScope, typeScope } from '../expr/index.ts';
import { effectiveOrder, type Order } from '../graph/order.ts';
import { addFault, type FaultInput, type OutputOf, type Reading, type Site } from '../parse/reading.ts';
import { type Analysis, analyse, type ReportIn } from './analysis.ts';
import { scopeSchema } from './scope-schema.ts';

export interface LintContext {
  readonly runbook: Runbook;
  readonly catalog: Catalog;
  readonly reading: Reading;
  readonly order: Order;
  readonly schema: JsonSchema;
  readonly analyses: readonly Analysis[];
  /** By the path of its text; of a text with several expressions, the last. */
  readonly analysesByPath: ReadonlyMap<string, Analysis>;
  readonly steps: ReadonlyMap<string, Step>;
  readonly phases: ReadonlyMap<string, Phase>;
  /** The types at a site: the common names, and `output` or `event` where it may be read. */
  readonly typesAt: (site: Site) => TypeScope;
  readonly report: (input: FaultInput) => void;
  readonly reportIn: ReportIn;
}

export function lintContext(runbook: Runbook, reading: Reading, catalog: Catalog): LintContext {
  const schema = scopeSchema(runbook, catalog, reading.broken);
  const common = typeScope(schema);
  const byOutput = new Map<string, TypeScope>();
  const report = (input: FaultInput): void => addFault(reading, input);
  const reportIn: ReportIn = ({ site, offset }, { start, ...fault }) => {
    const { exact, ...place } = reading.positions.within(site.path, offset + start);
    reading.faults.push({
      ...fault,
      severity: 'error',
      path: site.path,
      ...place,
      ...(exact ? {} : { excerpt: excerpt(site.source, offset + start) }),
    });
  };
  const analyses = analyse(reading.sites, reportIn);
  return {
    runbook,
    catalog,
    reading,
    order: effectiveOrder(runbook),
    schema,
    analyses,
    analysesByPath: new Map(analyses.map((analysis) => [analysis.site.path, analysis])),
    steps: new Map(runbook.phases.flatMap((phase) => phase.steps).map((step) => [step.id, step])),
    phases: new Map(runbook.phases.map((phase) => [phase.id, phase])),
    typesAt: (site) => {
      if (site.outputOf === undefined || !readsOutput(site.place)) return common;
      const key = `${site.outputOf.kind} ${site.outputOf.name}`;
      const known = byOutput.get(key) ?? extendTypeScope(common, outputNames(site.outputOf, catalog));
      byOutput.set(key, known);
      return known;
    },
    report,
    reportIn,
  };
}

/** Only what is required of a result may read it. */
export const readsOutput = (place: string): boolean =>
  place.endsWith('.expect') || place === 'wait.where' || place === 'trigger.if' || place === 'trigger.intake';

function outputNames(of: OutputOf, catalog: Catalog): Readonly<Record<string, JsonSchema>> {
  const own = <T>(record: Readonly<Record<string, T>>): T | undefined =>
    Object.hasOwn(record, of.name) ? record[of.name] : undefined;
  if (of.kind === 'event') return { event: own(catalog.events) ?? {} };
  const signature = of.kind === 'action' ? own(catalog.actions) : own(catalog.checks);
  return { output: signature?.output ?? {} };
}

const EXCERPT_BEFORE = 50;

/** The line of the text with a caret below, for texts whose offsets the file does not show. */
function excerpt(source: string, offset: number): string {
  const lineStart = source.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const start = Math.max(lineStart, offset - EXCERPT_BEFORE);
  const lineEnd = source.indexOf('\n', offset);
  const end = Math.min(lineEnd < 0 ? source.length : lineEnd, offset + EXCERPT_BEFORE);
  return `${source.slice(start, end)}\n${' '.repeat(offset - start)}^`;
}
