import type { CaseResult, Coverage, CoverageKind, TestReport, TraceLine } from '@tenantry/runbook';
import { plainLine } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { padText, textWidth } from '../terminal/text-width.ts';
import { between, durationText, timeText } from '../terminal/time-text.ts';

const TRACE_SHOWN = 6;
const EXCERPT_MAX = 20;
const MISSING_SHOWN = 20;

/** One line for each case; below one that failed, what differs and the last of what happened. */
export function reportLines(
  { cases }: TestReport,
  terminal: Terminal,
  { trace }: { readonly trace: boolean },
): readonly string[] {
  return cases.flatMap((result) => [
    caseLine(result, terminal),
    ...differenceLines(result, terminal),
    ...(trace ? traceLines(result.trace, terminal) : result.ok ? [] : excerptLines(result, terminal)),
  ]);
}

function caseLine(result: CaseResult, { style }: Terminal): string {
  const { ok, name, line, status, steps, startedAt, endedAt, rollback } = result;
  const facts = [
    status,
    `${steps} ${steps === 1 ? 'step' : 'steps'}`,
    `${durationText(between(startedAt, endedAt) ?? 0)} of its time`,
    ...(rollback === undefined ? [] : [`taken back ${rollback.aborts - rollback.refused} times`]),
    ...(rollback === undefined || rollback.refused === 0 ? [] : [`${rollback.refused} past the point of no return`]),
    ...(ok ? [] : [`line ${line}`]),
  ];
  return `${ok ? style.good('✓') : style.bad('✗')} ${plainLine(name)}  ${style.faint(facts.join(', '))}`;
}

function differenceLines({ differences }: CaseResult, { style }: Terminal): readonly string[] {
  const width = Math.min(40, Math.max(0, ...differences.map(({ path }) => textWidth(path))));
  return differences.map(
    ({ path, expected, actual }) =>
      `    ${padText(plainLine(path), width)}  expected ${style.good(plainLine(expected))}, was ${style.bad(plainLine(actual))}`,
  );
}

/** What happened to the steps that differ, and the end. */
function excerptLines({ trace, differences }: CaseResult, terminal: Terminal): readonly string[] {
  const steps = new Set(differences.map(({ path }) => path.replace(/^(?:steps|phases)\./, '')));
  const shown = trace
    .filter(
      ({ step = '', phase = '' }, index) => index >= trace.length - TRACE_SHOWN || steps.has(step) || steps.has(phase),
    )
    .slice(-EXCERPT_MAX);
  const hidden = trace.length - shown.length;
  const more = hidden > 0 ? [terminal.style.faint(`    … ${hidden} more lines; --trace shows them`)] : [];
  return [...traceLines(shown, terminal), ...more];
}

const traceLines = (trace: readonly TraceLine[], { style }: Terminal): readonly string[] =>
  trace.map(({ at, step, phase, text }) => {
    const subject = step ?? (phase === undefined ? undefined : `phase ${phase}`);
    return `    ${style.faint(timeText(at))}  ${subject === undefined ? '' : `${subject} `}${plainLine(text)}`;
  });

const KIND_WORDS: Readonly<Record<CoverageKind, string>> = {
  step: 'steps',
  condition: 'conditions both ways',
  gate: 'gates closed and open',
  option: 'options',
  escalation: 'escalations',
  undo: 'steps taken back',
};

/** What the cases reach, and what none of them does. */
export function coverageLines(
  { percent, kinds, missing }: Coverage,
  { style }: Terminal,
  minCoverage: number | undefined,
): readonly string[] {
  const counts = (Object.keys(KIND_WORDS) as CoverageKind[]).flatMap((kind) => {
    const count = kinds[kind];
    return count === undefined ? [] : [`${count.reached} of ${count.total} ${KIND_WORDS[kind]}`];
  });
  const hidden = missing.length - MISSING_SHOWN;
  const short = minCoverage !== undefined && percent < minCoverage;
  return [
    '',
    `Reached ${short ? style.bad(`${percent} %, less than ${minCoverage} %`) : `${percent} %`}: ${counts.join(', ')}.`,
    ...(missing.length === 0 ? [] : ['No case reaches:']),
    ...missing.slice(0, MISSING_SHOWN).map(({ text }) => `  ${plainLine(text)}`),
    ...(hidden > 0 ? [`  … and ${hidden} more; -o json names them`] : []),
  ];
}

export function verdictLine({ cases, ok }: TestReport, { style }: Terminal): string {
  const passed = cases.filter((one) => one.ok).length;
  const words = `${passed} of ${cases.length} ${cases.length === 1 ? 'case' : 'cases'} passed.`;
  return `${ok ? style.good('✓') : style.bad('✗')} ${words}`;
}
