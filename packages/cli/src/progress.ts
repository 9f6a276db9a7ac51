import type { EvidenceView, ResourceView, RunView, StepView } from '@tenantry/contract';
import type { Client } from './client.ts';
import { isEnded } from './find-run.ts';
import { runEvents, type StreamTiming } from './run-events.ts';
import { listEvidence, listResources, loadRun } from './runs-api.ts';
import { plainLine } from './terminal/plain-text.ts';
import type { Terminal } from './terminal/terminal.ts';
import { durationText, timeText } from './terminal/time-text.ts';
import { asksLines } from './views/ask-lines.ts';
import { haltLines, runChoiceLines } from './views/halt-lines.ts';
import { settledLine } from './views/settled-line.ts';
import { isSettled, runStatusText, statusWords } from './views/step-words.ts';

export interface FollowOptions {
  /** `people`: until somebody is asked, the run halts or ends. `end`: until it ends, whatever happens between. */
  readonly until: 'people' | 'end';
  /** Ends the following early; the run itself goes on. */
  readonly signal?: AbortSignal;
  readonly now?: () => Date;
  readonly timing?: StreamTiming;
  /** A view shown before: what had settled in it is not told again. */
  readonly known?: RunView;
  /** In place of lines for people: called with each view of the run, for `-o json` and `-o jsonl`. */
  readonly onView?: (progress: Progress) => void;
}

/** What is new since the view before. */
export interface Progress {
  readonly run: RunView;
  /** Steps that came to rest, in the order they did. */
  readonly settled: readonly StepView[];
}

const TICK_MS = 1_000;
/** Shorter steps are told when they are done; a line for each would only flicker. */
const LONG_MS = 2_000;

/**
 * Shows a run live: one line for each step as it settles, what halts it, what it asks of whom. Gives the run as it
 * stands at the end; when the signal ended it, the last view there was.
 *
 * @throws what the control plane refuses with; command.unreachable when it stays away
 */
export async function followRun(
  client: Client,
  runId: string,
  out: Terminal,
  options: FollowOptions,
): Promise<RunView> {
  const signal = options.signal ?? new AbortController().signal;
  const now = options.now ?? (() => new Date());
  const show = options.onView ?? liveView(client, out, options.known === undefined);
  let run = await loadRun(client, runId);
  const told = new Set(options.known?.steps.map(settlementOf));
  const tell = async (): Promise<void> => {
    const settled = newlySettled(run, told);
    for (const step of settled) told.add(settlementOf(step));
    await show({ run, settled });
  };
  await tell();
  const ticker = startTicker(out, () => run, now, options.onView === undefined);
  const stream = new AbortController();
  try {
    if (shouldStop(run, options.until)) return run;
    const events = runEvents(client, run.id, {
      after: run.revision,
      signal: AbortSignal.any([signal, stream.signal]),
      ...(options.timing === undefined ? {} : { timing: options.timing }),
    });
    for await (const event of events) {
      // A view taken since shows this event already.
      if (event.revision <= run.revision) continue;
      run = await loadRun(client, run.id);
      await tell();
      if (shouldStop(run, options.until)) return run;
    }
    return run;
  } finally {
    ticker.stop();
    stream.abort();
  }
}

/** Whether the view is one to stop at. In a halted run what has begun is still finished, and told. */
function shouldStop(run: RunView, until: FollowOptions['until']): boolean {
  if (isEnded(run)) return true;
  return until === 'people' && (hasStopped(run) || (run.status === 'waiting' && run.asks.length > 0) || isAtRest(run));
}

/** When it goes on by itself; undefined while something else has to happen first. */
function goesOnAt(run: RunView): string | undefined {
  const [next] = [...run.steps, ...run.phases].flatMap(({ starts_at: at }) => at ?? []).sort();
  return next;
}

/** Nothing but its time is waited for. */
const isAtRest = (run: RunView): boolean =>
  run.status === 'waiting' &&
  run.asks.length === 0 &&
  goesOnAt(run) !== undefined &&
  !run.steps.some((step) => step.waiting_for === 'child' || step.waiting_for === 'event');

const hasStopped = (run: RunView): boolean =>
  (run.status === 'halted' || run.status === 'rollback_blocked') &&
  !run.steps.some((step) => step.status === 'running');

/** A step may settle again in a later round, after a retry, or when it is undone. */
const settlementOf = (step: StepView): string => `${step.id} ${step.round} ${step.tries} ${step.status}`;

function newlySettled(run: RunView, told: ReadonlySet<string>): readonly StepView[] {
  return run.steps
    .filter((step) => isSettled(step.status) && !told.has(settlementOf(step)))
    .sort((a, b) => (a.done_at ?? '').localeCompare(b.done_at ?? ''));
}

/** Lines for people. Remembers what was shown, so that an ask or a halt that stays is told once. */
function liveView(client: Client, out: Terminal, withHead: boolean): (progress: Progress) => Promise<void> {
  let first = withHead;
  let halts: ReadonlySet<string> = new Set();
  let choicesFor = '';
  let asks = '';
  return async ({ run, settled }) => {
    const { style } = out;
    if (first) {
      out.line(`${style.strong(plainLine(run.title))}  ${runStatusText(run.status, style)}  ${style.faint(run.id)}`);
      first = false;
    }
    const proofs = await proofsFor(client, run, settled);
    for (const step of settled) out.line(settledLine(step, proofs, out));
    const isNew = (halt: RunView['halts'][number]): boolean => !halts.has(`${halt.step} ${halt.status}`);
    for (const halt of run.halts.filter(isNew))
      for (const line of haltLines(run, halt, proofs.evidence, out)) out.line(line);
    halts = new Set(run.halts.map((halt) => `${halt.step} ${halt.status}`));
    const stopped = [...halts].join();
    if (stopped !== choicesFor && hasStopped(run)) {
      if (halts.size > 0) for (const line of runChoiceLines(run, out)) out.line(line);
      choicesFor = stopped;
    }
    const asksNow = run.asks.map((ask) => `${ask.step} ${ask.hash ?? ''} ${ask.roles.join()}`).join();
    if (run.status === 'waiting' && asksNow !== asks) {
      for (const line of asksLines(run, client, out)) out.line(line);
      asks = asksNow;
    }
    if (isAtRest(run)) out.line(`\nIt goes on by itself at ${timeText(goesOnAt(run) ?? '')}.`);
    if (isEnded(run)) out.line(`\n${runStatusText(run.status, style)}: ${plainLine(run.title)}`);
  };
}

interface Proofs {
  readonly evidence: readonly EvidenceView[];
  readonly resources: readonly ResourceView[];
}

/** What automatic steps made and proved; nothing is asked when none has settled. */
async function proofsFor(client: Client, run: RunView, settled: readonly StepView[]): Promise<Proofs> {
  const wanted = run.halts.length > 0 || settled.some((step) => step.status !== 'skipped');
  if (!wanted) return { evidence: [], resources: [] };
  const [evidence, resources] = await Promise.all([listEvidence(client, run.id), listResources(client, run.id)]);
  return { evidence, resources };
}

/** On a terminal: what is at work now and since when, renewed each second. */
function startTicker(out: Terminal, run: () => RunView, now: () => Date, enabled: boolean): { stop: () => void } {
  if (!out.isTty || !enabled) return { stop: () => undefined };
  const timer = setInterval(() => out.status(workingText(run(), now())), TICK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      out.status(undefined);
    },
  };
}

/** `→ Load sample data … 12 s`, with how many more; undefined when nothing takes long. */
export function workingText(run: RunView, now: Date): string | undefined {
  const since = (step: StepView): number =>
    step.started_at === null ? 0 : now.getTime() - Date.parse(step.started_at);
  const working = run.steps.filter((step) => step.status === 'running' || step.status === 'undoing');
  const [longest, ...others] = working.sort((a, b) => since(b) - since(a));
  if (longest !== undefined && since(longest) >= LONG_MS) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `→ ${plainLine(longest.title)} … ${durationText(since(longest))}${more}`;
  }
  const waiting = run.steps.find(
    (step) => step.status === 'waiting' && (step.waiting_for === 'time' || step.waiting_for === 'retry'),
  );
  return waiting === undefined ? undefined : `… ${plainLine(waiting.title)}: ${statusWords(waiting.status)}`;
}
