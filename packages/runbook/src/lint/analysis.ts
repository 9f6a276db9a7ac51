/** Every expression of a runbook, parsed once. */
import {
  type Compiled,
  compile,
  ExpressionError,
  parseTemplate,
  parseTime,
  type Reference,
  timeReferences,
} from '../expr/index.ts';
import type { Site } from '../parse/reading.ts';

export interface Analysis {
  readonly site: Site;
  readonly expression: string;
  /** Where the expression starts in the text of the site. */
  readonly offset: number;
  /** The only thing in its text, so that it keeps its type. */
  readonly alone: boolean;
  readonly references: readonly Reference[];
  /** Absent for times, which are paths but not expressions. */
  readonly compiled?: Compiled;
}

export interface ExpressionFault {
  readonly rule: string;
  readonly message: string;
  readonly fix?: string;
  /** Characters of the expression. */
  readonly start: number;
}

/** Reports a character range of an expression. */
export type ReportIn = (analysis: Pick<Analysis, 'site' | 'offset'>, fault: ExpressionFault) => void;

/** Reports what does not parse and gives the rest. */
export function analyse(sites: readonly Site[], reportIn: ReportIn): readonly Analysis[] {
  return sites.flatMap((site): readonly Analysis[] => {
    try {
      return ANALYSERS[site.notation](site, reportIn);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      reportIn({ site, offset: 0 }, asFault(error));
      return [];
    }
  });
}

const asFault = (error: ExpressionError): { rule: string; message: string; fix?: string; start: number } => ({
  rule: error.message.includes('`matches`') ? 'matches' : 'bad-expression',
  message: error.message,
  start: error.offset,
  ...(error.next === undefined ? {} : { fix: error.next }),
});

const ANALYSERS: Readonly<Record<Site['notation'], (site: Site, reportIn: ReportIn) => readonly Analysis[]>> = {
  cel: (site, reportIn) => {
    if (site.source.includes('${{')) {
      reportIn(
        { site, offset: 0 },
        {
          rule: 'template-in-bare-place',
          message: 'An expression stands bare here, without `${{ }}`.',
          fix: `Write ${site.source.replace(/\$\{\{\s*(.*?)\s*\}\}/g, '$1').slice(0, 120)}`,
          start: site.source.indexOf('${{'),
        },
      );
      return [];
    }
    return parsed(site, site.source, 0, true, reportIn);
  },
  text: (site, reportIn) => {
    const parts = parseTemplate(site.source);
    return parts.flatMap((part) =>
      part.kind === 'text' ? [] : parsed(site, part.expression, part.offset, parts.length === 1, reportIn),
    );
  },
  time: (site) => {
    const references = timeReferences(parseTime(site.source)).map(
      (at): Reference => ({ ...at, optional: false, computed: false }),
    );
    return [{ site, expression: site.source, offset: 0, alone: true, references }];
  },
};

function parsed(
  site: Site,
  expression: string,
  offset: number,
  alone: boolean,
  reportIn: ReportIn,
): readonly Analysis[] {
  try {
    const compiled = compile(expression);
    return [{ site, expression, offset, alone, references: compiled.references, compiled }];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    reportIn({ site, offset }, asFault(error));
    return [];
  }
}
