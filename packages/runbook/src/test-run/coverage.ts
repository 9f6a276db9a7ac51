/**
 * What the cases of a fixture reach of a runbook, and what none of them does: steps that start, conditions both ways,
 * gates seen closed and open, options of choices, rungs of escalation ladders, things taken back.
 */
import { type Command, effectiveStep, type RunState, type StepState } from '../advance/index.ts';
import type { Catalog } from '../catalog.ts';
import type { Gate, Phase, Runbook, Step } from '../definition.ts';
import { indexOf } from '../runbook-index.ts';
import { canBeUndone } from './answering.ts';
import type { Moved } from './trace.ts';

export type CoverageKind = 'step' | 'condition' | 'gate' | 'option' | 'escalation' | 'undo';

export interface CoverageItem {
  readonly kind: CoverageKind;
  /** Of a step; `phases.ID` for the condition of a phase, `ID.entry.LABEL` and `ID.exit.LABEL` for a gate. */
  readonly id: string;
  /** `true`, `false`; `open`, `closed`; an option; a rung. */
  readonly side?: string;
  /** In words, for people. */
  readonly text: string;
}

export interface Coverage {
  readonly total: number;
  readonly reached: number;
  /** Percent, rounded down: 100 is everything. */
  readonly percent: number;
  readonly kinds: Readonly<Partial<Record<CoverageKind, { readonly total: number; readonly reached: number }>>>;
  readonly missing: readonly CoverageItem[];
}

export function coverageOf(runbook: Runbook, catalog: Catalog, reached: ReadonlySet<string>): Coverage {
  const items = itemsOf(runbook, catalog);
  const missing = items.filter((item) => !reached.has(keyOf(item.kind, item.id, item.side)));
  const kinds: Partial<Record<CoverageKind, { total: number; reached: number }>> = {};
  for (const item of items) {
    const { total, reached: before } = kinds[item.kind] ?? { total: 0, reached: 0 };
    kinds[item.kind] = { total: total + 1, reached: before + (missing.includes(item) ? 0 : 1) };
  }
  const got = items.length - missing.length;
  const percent = items.length === 0 ? 100 : Math.floor((got * 100) / items.length);
  return { total: items.length, reached: got, percent, kinds, missing };
}

const keyOf = (kind: CoverageKind, id: string, side = ''): string => `${kind} ${id} ${side}`;
/** Rungs of the ladder of the runbook count once, not once for each step that has none of its own. */
const WHOLE = '*';

function itemsOf(runbook: Runbook, catalog: Catalog): readonly CoverageItem[] {
  const ladder = runbook.escalation.map(
    ({ to }, index): CoverageItem => ({
      kind: 'escalation',
      id: WHOLE,
      side: `${index + 1}`,
      text: `rung ${index + 1} of the runbook's ladder, to ${to}`,
    }),
  );
  return [
    ...runbook.phases.flatMap((phase) => [
      ...phaseItems(phase),
      ...phase.steps.flatMap((step) => stepItems(step, catalog)),
    ]),
    ...ladder,
  ];
}

const conditionItems = (id: string, of: string, expression: string | undefined): readonly CoverageItem[] =>
  expression === undefined
    ? []
    : ['true', 'false'].map((side) => ({ kind: 'condition', id, side, text: `${of} with \`${expression}\` ${side}` }));

function phaseItems(phase: Phase): readonly CoverageItem[] {
  const gates = [
    ...phase.entry.map((gate) => ['entry', gate] as const),
    ...phase.exit.map((gate) => ['exit', gate] as const),
  ];
  return [
    ...conditionItems(phaseId(phase), `phase ${phase.id}`, phase.if),
    ...gates.flatMap(([wall, gate]) =>
      ['open', 'closed'].map(
        (side): CoverageItem => ({
          kind: 'gate',
          id: gateId(phase, wall, gate),
          side,
          text: `${wall} of ${phase.id} ${side}: ${gate.label}`,
        }),
      ),
    ),
  ];
}

/** A step may be called like a phase. */
const phaseId = ({ id }: Phase): string => `phases.${id}`;

const gateId = ({ id }: Phase, wall: 'entry' | 'exit', { label }: Gate): string => `${id}.${wall}.${label}`;

function stepItems(step: Step, catalog: Catalog): readonly CoverageItem[] {
  const { id, body } = step;
  const options = body.kind === 'choose' ? Object.keys(body.options) : [];
  const rungs = step.escalate ?? [];
  return [
    { kind: 'step', id, text: `step ${id}` },
    ...conditionItems(id, `step ${id}`, step.if),
    ...options.map((side): CoverageItem => ({ kind: 'option', id, side, text: `option ${side} of ${id}` })),
    ...rungs.map(
      ({ to }, index): CoverageItem => ({
        kind: 'escalation',
        id,
        side: `${index + 1}`,
        text: `rung ${index + 1} of the ladder of ${id}, to ${to}`,
      }),
    ),
    ...(hasUndo(step, catalog) ? [{ kind: 'undo', id, text: `taking back ${id}` } as const] : []),
  ];
}

function hasUndo({ undo, body }: Step, catalog: Catalog): boolean {
  if (undo.do !== 'default') return undo.do === 'body';
  return body.kind === 'run' || (body.kind === 'uses' && canBeUndone(catalog.actions[body.action]?.undo));
}

/** Notes what one turn reached. */
export function noteReached(
  reached: Set<string>,
  runbook: Runbook,
  before: RunState,
  after: RunState,
  commands: readonly Command[],
  moved: Moved,
): void {
  const index = indexOf(runbook);
  for (const id of moved.phases) notePhase(reached, index.phase(id), before, after);
  for (const id of moved.steps) noteStep(reached, index.step(id), after.steps[id]);
  for (const command of commands) {
    if (command.do !== 'escalate') continue;
    const own = index.step(command.step).escalate !== undefined;
    reached.add(keyOf('escalation', own ? command.step : WHOLE, `${command.rung}`));
  }
}

function notePhase(reached: Set<string>, phase: Phase, before: RunState, after: RunState): void {
  const was = before.phases[phase.id];
  const now = after.phases[phase.id];
  if (now === undefined) return;
  const { status, blockedBy = [], overridden = [] } = now;
  if (status === 'skipped') reached.add(keyOf('condition', phaseId(phase), 'false'));
  else if (status !== 'pending') reached.add(keyOf('condition', phaseId(phase), 'true'));
  const note = (wall: 'entry' | 'exit', gates: readonly Gate[], side: 'open' | 'closed'): void => {
    for (const gate of gates) reached.add(keyOf('gate', gateId(phase, wall, gate), side));
  };
  const held = (gate: Gate): boolean => blockedBy.includes(gate.label);
  const free = (gate: Gate): boolean => !overridden.includes(gate.label);
  const wasBehindEntry = was?.status === 'pending' || was?.status === 'waiting';
  if (status === 'waiting') note('entry', phase.entry.filter(held), 'closed');
  if (status === 'open') note('exit', phase.exit.filter(held), 'closed');
  if (wasBehindEntry && (status === 'open' || status === 'passed')) note('entry', phase.entry.filter(free), 'open');
  if (status === 'passed') note('exit', phase.exit.filter(free), 'open');
}

function noteStep(reached: Set<string>, step: Step, state: StepState | undefined): void {
  if (state === undefined) return;
  const { id } = step;
  if (hasStarted(state)) reached.add(keyOf('step', id)).add(keyOf('condition', id, 'true'));
  if (state.status === 'skipped' && state.skipReason === `not ${step.if}`) reached.add(keyOf('condition', id, 'false'));
  if (state.choice !== undefined && effectiveStep(step, state) !== step) reached.add(keyOf('option', id, state.choice));
  if (state.status === 'undone' || state.released === true) reached.add(keyOf('undo', id));
}

const hasStarted = ({ status, startedAt, tries }: StepState): boolean =>
  tries > 0 || startedAt !== undefined || status === 'waiting' || status === 'running';
