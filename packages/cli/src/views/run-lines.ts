import type { EvidenceView, RunView, StepView } from '@tenantry/contract';
import type { Client } from '../client.ts';
import { plainLine } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { fitText, indentLines, padText, textWidth, wrapText } from '../terminal/text-width.ts';
import { agoText, between, durationText, timeText } from '../terminal/time-text.ts';
import { asksLines } from './ask-lines.ts';
import { commentLines } from './comment-lines.ts';
import { haltsLines } from './halt-lines.ts';
import { isSettled, runStatusText, statusWords, stepSign, waitingWords } from './step-words.ts';
import { tickWords } from './tick-words.ts';

export interface RunLinesOptions {
  readonly caller: Pick<Client, 'identity' | 'identities'>;
  /** For the halts. */
  readonly evidence: readonly EvidenceView[];
  readonly terminal: Terminal;
  readonly now: Date;
}

/** A whole run: what it is, every phase and step, what stopped it, what it asks for. */
export function runLines(run: RunView, options: RunLinesOptions): readonly string[] {
  const { terminal } = options;
  return [
    ...runHead(run, options),
    ...run.phases.flatMap((phase) => ['', ...phaseLines(run, phase, options)]),
    ...haltsLines(run, options.evidence, terminal),
    ...asksLines(run, options.caller, terminal),
  ];
}

function runHead(run: RunView, { terminal: { style }, now }: RunLinesOptions): readonly string[] {
  const ending = run.ending;
  return [
    `${style.strong(plainLine(run.title))}  ${runStatusText(run.status, style)}`,
    `${style.faint('run:')}     ${run.id}`,
    `${style.faint('runbook:')} ${plainLine(run.runbook)} ${plainLine(run.version)}`,
    `${style.faint('tenant:')}  ${run.tenant_slug ?? 'none'}`,
    `${style.faint('started:')} ${timeText(run.created_at)} by ${plainLine(run.started_by)}; last change ${agoText(run.updated_at, now)}`,
    ...(ending === null
      ? []
      : [
          `${style.faint('ending:')}  ${plainLine(ending.to).replaceAll('_', ' ')}, by ${plainLine(ending.by)}: ${plainLine(ending.reason)}`,
        ]),
  ];
}

type Phase = RunView['phases'][number];

function phaseLines(run: RunView, phase: Phase, options: RunLinesOptions): readonly string[] {
  const { style } = options.terminal;
  const steps = run.steps.filter((step) => step.phase === phase.id);
  const state = phase.status === 'open' ? '' : `  ${style.faint(phase.status)}`;
  const blocked = phase.blocked_by.map((label) => `  ${style.warn('closed:')} ${plainLine(label)}`);
  const width = Math.min(48, Math.max(0, ...steps.map((step) => textWidth(plainLine(step.title)))));
  return [
    `${style.strong(plainLine(phase.title))}${state}`,
    ...blocked,
    ...commentLines(phase.comments, options.terminal, '  '),
    ...steps.flatMap((step) => [
      stepLine(step, width, options),
      ...(isSettled(step.status) ? ticksLines(step, options) : []),
      ...commentLines(step.comments, options.terminal, '      '),
    ]),
  ];
}

function stepLine(step: StepView, width: number, { terminal: { style }, now }: RunLinesOptions): string {
  const title = padText(fitText(plainLine(step.title), width), width);
  return `  ${stepSign(step.status, style)} ${title}  ${style.faint(stepState(step, now))}`.trimEnd();
}

/** While a step waits, its items stand under what it asks for. */
const ticksLines = ({ ticks }: StepView, { terminal: { style, columns } }: RunLinesOptions): readonly string[] =>
  ticks.flatMap((tick) =>
    indentLines(wrapText(`${style.good('[✓]')} ${plainLine(tick.text)} (${tickWords(tick)})`, columns - 6), '      '),
  );

/** `passed · 0.4 s`, `waiting for a person · 3 min`, `skipped · not vars.single`. */
function stepState(step: StepView, now: Date): string {
  if (step.status === 'pending') return step.id;
  const lasted = between(step.started_at, step.done_at);
  const running =
    step.started_at === null || isSettled(step.status) ? undefined : now.getTime() - Date.parse(step.started_at);
  const duration = lasted ?? running;
  const by =
    step.override === null ? undefined : `by ${plainLine(step.override.by)}: ${plainLine(step.override.reason)}`;
  const parts = [
    step.id,
    `${statusWords(step.status)} ${step.status === 'waiting' ? waitingWords(step) : ''}`.trim(),
    by,
    step.skip_reason === null ? undefined : plainLine(step.skip_reason),
    duration === undefined ? undefined : durationText(duration),
    step.tries > 1 ? `${step.tries} tries` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}
