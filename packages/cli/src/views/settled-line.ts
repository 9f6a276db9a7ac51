import type { EvidenceView, ResourceView, StepView } from '@tenantry/contract';
import { plainLine } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { fitText, padText } from '../terminal/text-width.ts';
import { between, durationText } from '../terminal/time-text.ts';
import { statusWords, stepSign } from './step-words.ts';

export interface StepProofs {
  readonly evidence: readonly EvidenceView[];
  readonly resources: readonly ResourceView[];
}

const TITLE_WIDTH_MAX = 52;
const DURATION_WIDTH = 8;
const VERDICT_WIDTH = 13;
const GAPS = 6;
const DID_WIDTH_OF_FILES = 44;

/** `✓ Create the tenant   created tenant acme    0.4 s  verified`: name, what it did, duration, evidence. */
export function settledLine(step: StepView, proofs: StepProofs, { style, columns, isTty }: Terminal): string {
  const titleWidth = isTty ? Math.min(TITLE_WIDTH_MAX, Math.floor(columns * 0.42)) : TITLE_WIDTH_MAX;
  const restWidth = Math.max(16, columns - titleWidth - DURATION_WIDTH - VERDICT_WIDTH - GAPS);
  const didWidth = isTty ? restWidth : DID_WIDTH_OF_FILES;
  // In a file or a pipe nothing is cut: who reads it later cannot widen the window.
  const cell = (text: string, width: number): string => padText(isTty ? fitText(text, width) : text, width);
  // Of an undone step these times span its whole life.
  const lasted =
    step.status === 'passed' || step.status === 'failed' ? between(step.started_at, step.done_at) : undefined;
  const title = cell(plainLine(step.title), titleWidth);
  const did = style.faint(cell(didOf(step, proofs.resources), didWidth));
  const duration = (lasted === undefined ? '' : durationText(lasted)).padStart(DURATION_WIDTH);
  const verdict = verdictOf(step, proofs.evidence);
  const paint = verdict === 'verified' || verdict === 'holds' ? style.good : style.warn;
  return `${stepSign(step.status, style)} ${title} ${did} ${duration}  ${paint(verdict)}`.trimEnd();
}

/** What the step did, in words. */
function didOf(step: StepView, resources: readonly ResourceView[]): string {
  if (step.status === 'skipped') return `skipped: ${plainLine(step.skip_reason ?? 'its condition is false')}`;
  if (step.override !== null) return `overridden by ${plainLine(step.override.by)}: ${plainLine(step.override.reason)}`;
  if (step.status !== 'passed' && step.status !== 'undone') return statusWords(step.status);
  const wanted = step.status === 'undone' ? 'undone' : 'standing';
  const made = resources.filter((resource) => resource.step === step.id && resource.status === wanted);
  const [first] = made;
  if (first !== undefined) {
    const more = made.length === 1 ? '' : ` and ${made.length - 1} more`;
    return `${step.status === 'undone' ? 'took back' : first.claim} ${plainLine(first.kind).replaceAll('_', ' ')} ${plainLine(first.name)}${more}`;
  }
  if (step.status === 'undone') return 'undone';
  const act = step.acts.at(-1);
  if (act !== undefined) return `${act.decision} by ${plainLine(act.name)} (${plainLine(act.role)})`;
  return step.name === null ? statusWords(step.status) : plainLine(step.name);
}

/** What the newest evidence of the step says; a person's act is evidence by itself. */
function verdictOf(step: StepView, evidence: readonly EvidenceView[]): string {
  if (step.status === 'skipped') return '';
  const rows = evidence.filter((row) => row.step === step.id && row.round === step.round);
  const judged = rows.filter((row) => row.ok !== null).at(-1);
  if (judged?.ok === false) return 'does not hold';
  if (judged?.ok === true) return step.kind === 'check' ? 'holds' : 'verified';
  return rows.length > 0 ? 'recorded' : '';
}
