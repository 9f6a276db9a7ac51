/**
 * A runbook after parsing: every default written out, every effective `needs` worked out, plain JSON
 * (a run pins exactly this value, by hash). Expressions and templates stay text; `expr/` gives them meaning.
 * The grammar is described in docs/guide/language.md.
 */

/** Any JSON value; templates may stand in any string inside it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
/** JSON Schema draft 2020-12, plus `x-secret: true` on string properties. */
export type JsonSchema = JsonObject;

/** ISO 8601 instant in UTC. */
export type Instant = string;
/** A bare CEL expression of type bool. */
export type Cel = string;
/** Text in which `${{ }}` may stand; alone, it keeps the type of its value. */
export type Template = Json;
/** `30s`, `3bd`, … */
export type DurationText = string;
/** `1w-2w` or a single duration. */
export type RangeText = string;
/** A timestamp path, an optional offset and an optional hour: `go_live - 1d 09:00`. */
export type TimeText = string;

export type Subject = 'new_tenant' | 'tenant' | 'run' | 'none';

export interface Runbook {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly owner: string;
  readonly subject: Subject;
  readonly about: About;
  /** Resolved: a path in the file has become the schema it names. */
  readonly intake: JsonSchema;
  readonly vars: Readonly<Record<string, Template>>;
  readonly roles: Readonly<Record<string, Role>>;
  readonly calendar?: Calendar;
  readonly goLive?: Template;
  readonly estimate?: Template;
  readonly escalation: readonly EscalationRung[];
  readonly may: {
    readonly override: readonly string[];
    readonly cancel: readonly string[];
    readonly rollback: readonly string[];
  };
  readonly triggers: readonly Trigger[];
  readonly rollback?: string;
  readonly outputs: Readonly<Record<string, Template>>;
  readonly phases: readonly Phase[];
}

export interface About {
  readonly status?: string;
  readonly purpose?: string;
  readonly review?: { readonly every: string; readonly next: string };
  readonly history: readonly {
    readonly version: string;
    readonly date: string;
    readonly author: string;
    readonly changes: string;
  }[];
  readonly references: Readonly<
    Record<string, { readonly title: string; readonly path?: string; readonly url?: string }>
  >;
  readonly raci: Readonly<Record<string, readonly string[]>>;
  /** Role that is informed -> what of; see `HAPPENINGS`. A role that is not here is told of what is usual. */
  readonly informedOf?: Readonly<Record<string, readonly string[]>>;
  readonly approvers: readonly string[];
}

export interface Role {
  readonly title: string;
  readonly party: 'vendor' | 'client';
  readonly contact?: string;
}

export interface Calendar {
  readonly timezone: string;
  readonly workdays?: string;
  readonly hours?: string;
  readonly holidays?: readonly string[];
}

export interface EscalationRung {
  readonly after: DurationText;
  readonly to: string;
}

export interface Trigger {
  readonly event: string;
  readonly if?: Cel;
  readonly intake: JsonObject;
}

/** `any`: whoever acts first settles it. `all`: each role must act. A single role is `{ any: [role] }`. */
export interface Owners {
  readonly mode: 'any' | 'all';
  readonly roles: readonly string[];
}

/** One line of a gate; its label is what people see, wait for and override. */
export interface Gate {
  readonly label: string;
  readonly expression: Cel;
}

export interface Phase {
  readonly id: string;
  readonly title: string;
  readonly owner?: Owners;
  readonly if?: Cel;
  /** Effective: the phase before, unless the author wrote `needs`. */
  readonly needs: readonly string[];
  readonly start?: TimeText;
  readonly entry: readonly Gate[];
  readonly exit: readonly Gate[];
  readonly artifacts: readonly string[];
  readonly parallel: boolean;
  readonly duration?: RangeText;
  readonly estimate?: RangeText;
  readonly environment: string;
  readonly steps: readonly Step[];
}

export interface Step extends StepKeys {
  readonly id: string;
  /** The phase it stands in. */
  readonly phase: string;
  readonly body: Body;
  /** Effective: the step before, unless the phase is `parallel` or the author wrote `needs`. */
  readonly needs: readonly string[];
  readonly environment: string;
}

export interface StepKeys {
  readonly title: string;
  readonly instructions?: string;
  readonly help?: string;
  readonly if?: Cel;
  readonly owner?: Owners;
  readonly start?: TimeText;
  readonly repeat?: Repeat;
  readonly timeout?: DurationText;
  readonly retry?: { readonly times: number; readonly wait: DurationText; readonly factor: number };
  readonly onFail: OnFail;
  readonly undo: Undo;
  readonly escalate?: readonly EscalationRung[];
  readonly artifact?: string;
  readonly estimate?: RangeText;
}

export type OnFail =
  | { readonly do: 'halt' | 'continue' | 'rollback' }
  | { readonly do: 'run'; readonly runbook: string };

/** `default`: the action's own undo. `none`: nothing to take back. `keep`: leave what was made. */
export type Undo =
  | { readonly do: 'default' | 'none' | 'keep' }
  | { readonly do: 'body'; readonly body: Body & BodyKeys; readonly owner?: Owners };

/** Keys of a step that an option of `choose` and the body of an `undo` may have for themselves. */
export interface BodyKeys {
  readonly owner?: Owners;
  readonly title?: string;
  readonly instructions?: string;
  readonly help?: string;
  readonly timeout?: DurationText;
  readonly estimate?: RangeText;
}

export interface Repeat {
  readonly from: TimeText;
  readonly every?: DurationText;
  readonly for?: DurationText;
  readonly on?: readonly DurationText[];
}

export type StepKind = Body['kind'];

export type Body =
  | UsesBody
  | CheckBody
  | TaskBody
  | ApproveBody
  | SignOffBody
  | WaitBody
  | DocumentBody
  | ChooseBody
  | RunBody;

export interface UsesBody {
  readonly kind: 'uses';
  readonly action: string;
  readonly with: JsonObject;
  readonly expect?: Cel;
  readonly manual: 'never' | 'allowed' | 'only';
  readonly temporary: boolean;
  readonly irreversible: boolean;
  readonly confirm?: string;
}

export interface CheckBody {
  readonly kind: 'check';
  readonly probe: string;
  readonly with: JsonObject;
  readonly expect: Cel;
  readonly within?: DurationText;
  readonly hold?: DurationText;
  readonly every?: DurationText;
}

export interface TaskBody {
  readonly kind: 'task';
  readonly text: string;
  readonly checklist: readonly ChecklistItem[];
  readonly form: Readonly<Record<string, JsonSchema>>;
  /**
   * The answers become this record of the intake, which was not handed in: their content, who gave them and when, and
   * its hash (INT-01, INT-14). Without a `form` of its own the task asks for what the intake's schema says of it.
   */
  readonly record?: string;
  readonly shows: Readonly<Record<string, string>>;
  readonly evidence?: 'note' | 'file' | 'link';
  readonly verify?: Verification;
}

export interface Verification {
  readonly check: string;
  readonly with: JsonObject;
  readonly expect: Cel;
  /** Asked until it comes true, before the work goes back to its person. */
  readonly within?: DurationText;
  /** It must stay true this long. */
  readonly hold?: DurationText;
  readonly every?: DurationText;
}

export interface ChecklistItem {
  /** Given by the author, else the item's position: `item_1`. */
  readonly id: string;
  readonly item: string;
  readonly owner?: Owners;
  readonly if?: Cel;
  readonly check?: string;
  readonly with: JsonObject;
  readonly expect?: Cel;
  readonly evidence?: 'note' | 'file' | 'link';
}

export interface ApproveBody {
  readonly kind: 'approve';
  readonly by: readonly string[];
  /** How many different people must say yes. */
  readonly need: number;
  /** What the yes is bound to: `artifacts.x`, `steps.x`, `intake`, `plan`, `runbook`. */
  readonly of: readonly string[];
  readonly backTo?: string;
}

export interface SignOffBody {
  readonly kind: 'sign_off';
  readonly by: readonly string[];
  readonly need: number;
  readonly of: readonly string[];
  readonly statement: string;
  readonly backTo?: string;
}

export interface WaitBody {
  readonly kind: 'wait';
  readonly event: string;
  readonly where?: Cel;
  readonly count: number;
}

export interface DocumentBody {
  readonly kind: 'document';
  readonly template: string;
  readonly with: JsonObject;
  readonly format: 'md' | 'html' | 'pdf' | 'json' | 'yaml';
  readonly name?: string;
}

export interface ChooseBody {
  readonly kind: 'choose';
  readonly recommended: string;
  readonly options: Readonly<Record<string, Body & BodyKeys>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly verify?: Verification;
}

export interface RunBody {
  readonly kind: 'run';
  readonly runbook: string;
  readonly with: JsonObject;
}

const lists = new WeakMap<Runbook, readonly Step[]>();

/** Every step of a runbook, in the order of the file; one list for each definition, because each turn asks for it. */
export function stepsOf(runbook: Runbook): readonly Step[] {
  const known = lists.get(runbook);
  if (known !== undefined) return known;
  const steps = runbook.phases.flatMap((phase) => phase.steps);
  lists.set(runbook, steps);
  return steps;
}

export function findStep(runbook: Runbook, id: string): Step | undefined {
  for (const phase of runbook.phases) {
    const step = phase.steps.find((candidate) => candidate.id === id);
    if (step !== undefined) return step;
  }
  return undefined;
}

export const findPhase = (runbook: Runbook, id: string): Phase | undefined =>
  runbook.phases.find((phase) => phase.id === id);

/** Ids of the runbooks a runbook may start: child runs, also as options, remedies of a failure, its rollback. */
export function startedBy(runbook: Runbook): readonly string[] {
  const found = new Set<string>(runbook.rollback === undefined ? [] : [runbook.rollback]);
  for (const { body, onFail } of stepsOf(runbook)) {
    if (onFail.do === 'run') found.add(onFail.runbook);
    for (const each of body.kind === 'choose' ? Object.values(body.options) : [body]) {
      if (each.kind === 'run') found.add(each.runbook);
    }
  }
  return [...found];
}
