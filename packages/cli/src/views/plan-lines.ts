import type { PlanView } from '@tenantry/contract';
import { plainLine } from '../terminal/plain-text.ts';
import type { Style } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { indentLines, wrapText } from '../terminal/text-width.ts';
import { valueText } from './value-text.ts';

type Phase = PlanView['phases'][number];
type PlannedStep = Phase['steps'][number];
type Change = PlannedStep['changes'][number];

const VERB_SIGNS: Readonly<Record<Change['verb'], readonly [sign: string, paint: keyof Style]>> = {
  create: ['+', 'good'],
  change: ['~', 'warn'],
  delete: ['-', 'bad'],
  send: ['>', 'accent'],
  adopt: ['=', 'accent'],
  none: [' ', 'faint'],
};

/** A plan by phase: what would be created, changed and sent, who is asked for what, what is left out and why. */
export function planLines(plan: PlanView, terminal: Terminal): readonly string[] {
  const { style } = terminal;
  const noReturn = plan.phases
    .flatMap((phase) => phase.steps)
    .find((step) => step.point_of_no_return && step.decision !== 'skipped');
  const tenant = plan.tenant === null ? '' : ` for ${style.strong(plainLine(plan.tenant.slug))}`;
  return [
    `${style.strong(plainLine(plan.runbook.title))}${tenant}`,
    style.faint(`${plan.runbook.id} ${plan.runbook.version} · this is a plan: nothing has been touched`),
    ...plan.phases.flatMap((phase) => phaseLines(phase, noReturn, terminal)),
    '',
    summaryLine(plan, style),
  ];
}

function phaseLines(phase: Phase, noReturn: PlannedStep | undefined, terminal: Terminal): readonly string[] {
  const { style } = terminal;
  if (
    phase.steps.length > 0 &&
    phase.steps.every((step) => step.decision === 'skipped' && step.reason === phase.steps[0]?.reason)
  ) {
    const [step] = phase.steps;
    return ['', `${style.strong(plainLine(phase.title))}  ${style.faint(`skipped: ${plainLine(step?.reason ?? '')}`)}`];
  }
  const steps = phase.steps.flatMap((step) => [
    ...(step === noReturn ? [noReturnLine(terminal)] : []),
    ...stepLines(step, terminal),
  ]);
  return ['', style.strong(plainLine(phase.title)), ...steps];
}

function noReturnLine({ style, columns }: Terminal): string {
  const words = '── point of no return: what follows cannot be taken back ';
  return style.bad(words.padEnd(Math.min(columns, 78), '─'));
}

function stepLines(step: PlannedStep, terminal: Terminal): readonly string[] {
  const { style } = terminal;
  const title = plainLine(step.title);
  if (step.decision === 'skipped')
    return [style.faint(`  – ${title}  skipped: ${plainLine(step.reason ?? 'its condition is false')}`)];
  const depends =
    step.decision === 'depends' ? `  ${style.warn(`perhaps: ${plainLine(step.reason ?? 'decided later')}`)}` : '';
  const once = step.point_of_no_return ? `  ${style.bad('cannot be undone')}` : onceText(step, style);
  const changes = step.changes.filter((change) => change.verb !== 'none');
  return [
    `  ${stepWords(step, style, title)}${depends}${once}`,
    ...changes.map((change) => `      ${changeText(change, style)}`),
    ...(step.problem === null ? [] : problemLines(step.problem, terminal)),
  ];
}

/** A mail that was sent stays sent: it stops no rollback, and nobody should think it is taken back. */
const onceText = ({ undo, changes }: PlannedStep, style: Style): string =>
  (undo === 'none' || undo === 'irreversible') && changes.some((change) => change.verb !== 'none')
    ? `  ${style.faint('is not taken back')}`
    : '';

function stepWords({ kind, asks, name, changes }: PlannedStep, style: Style, title: string): string {
  if (asks.length > 0) {
    const verb = kind === 'approve' ? 'to approve' : kind === 'sign_off' ? 'to sign off' : 'for';
    const who = asks.map(plainLine).join(', ');
    return `${style.warn('?')} ${title}  ${style.warn(kind === 'task' ? `task for ${who}` : `asks ${who} ${verb}`)}`;
  }
  const about = name === null ? kind.replaceAll('_', ' ') : plainLine(name);
  const nothing = changes.length > 0 && changes.every((change) => change.verb === 'none') ? ', changes nothing' : '';
  const sign = kind === 'check' ? '✓' : kind === 'wait' ? '…' : '•';
  return `${style.faint(sign)} ${title}  ${style.faint(`${kind === 'check' ? 'checks ' : ''}${about}${nothing}`)}`;
}

function changeText(change: Change, style: Style): string {
  const [sign, paint] = VERB_SIGNS[change.verb];
  const text = style[paint](`${sign} ${change.verb} ${plainLine(change.kind)}`);
  return `${text} ${plainLine(change.name)}${differenceText(change, style)}`;
}

/** `: free -> enterprise`, member by member where both sides have members; only what differs. */
function differenceText({ verb, before, after }: Change, style: Style): string {
  if (verb !== 'change' || (before === undefined && after === undefined)) return '';
  const members =
    isPlainObject(before) && isPlainObject(after) ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : [];
  if (members.length === 0) return style.faint(`: ${valueText(before)} → ${valueText(after)}`);
  const [old, young] = [new Map(Object.entries(before ?? {})), new Map(Object.entries(after ?? {}))];
  const changed = members.filter((name) => valueText(old.get(name)) !== valueText(young.get(name)));
  return changed.length === 0
    ? ''
    : style.faint(
        `: ${changed.map((name) => `${plainLine(name)} ${valueText(old.get(name))} → ${valueText(young.get(name))}`).join(', ')}`,
      );
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('$unknown' in value);

function problemLines(problem: string, { style, columns }: Terminal): readonly string[] {
  const [first = '', ...rest] = wrapText(`cannot be planned yet: ${plainLine(problem)}`, columns - 10);
  return [`      ${style.warn('!')} ${first}`, ...indentLines(rest, '        ')];
}

function summaryLine(plan: PlanView, style: Style): string {
  const steps = plan.phases.flatMap((phase) => phase.steps).filter((step) => step.decision !== 'skipped');
  const changes = steps.flatMap((step) => step.changes);
  const count = (verb: Change['verb']): number => changes.filter((change) => change.verb === verb).length;
  const parts = [
    [count('create'), 'to create'],
    [count('change'), 'to change'],
    [count('delete'), 'to delete'],
    [count('send'), 'to send'],
    [count('adopt'), 'to adopt'],
    [steps.filter((step) => step.asks.length > 0).length, 'asked of people'],
    [steps.filter((step) => step.decision === 'depends').length, 'decided on the way'],
    [steps.filter((step) => step.problem !== null).length, 'not to be planned yet'],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  return style.strong(`Plan: ${shown.length === 0 ? 'nothing to do' : shown.join(', ')}.`);
}
