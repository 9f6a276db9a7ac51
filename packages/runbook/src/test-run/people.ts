/** How people answer the engine: as soon as they are asked, as the step asks for it, unless the case says otherwise. */
import { addMs } from '../advance/clock.ts';
import {
  type AskPurpose,
  decisionHash,
  formOf,
  ownersOf,
  type Person,
  type RunEvent,
  scopeAt,
} from '../advance/index.ts';
import type { ApproveBody, JsonObject, Runbook, SignOffBody, Step, TaskBody, UsesBody } from '../definition.ts';
import { ExpressionError, renderTemplate } from '../expr/index.ts';
import { fileOf, stepNow } from './answering.ts';
import { exampleOf } from './example.ts';
import type { PersonAct } from './fixture.ts';
import { mergePatch, sealTexts } from './json-values.ts';
import { afterwards, type Due, nextAnswer, type Stage, type World } from './world.ts';

/** Puts what people do about a question on its way, one act after the other. */
export function expectActs(stage: Stage, world: World, id: string, purpose: AskPurpose): void {
  withdrawActs(world, id);
  const step = stepNow(stage, world, id);
  const answers = stage.test.given.steps[id]?.answers ?? [];
  const declared =
    purpose === 'undo' ? undefined : nextAnswer(world, `${id} acts`, answers, ({ acts }) => acts !== undefined);
  const usual = usualActs(stage, step, purpose);
  const acts = declared?.acts ?? (stage.everybodyActs || stage.test.given.people === 'act' ? usual : []);
  const first = afterwards(world, declared?.after);
  for (const [index, act] of acts.entries()) {
    const { role } = usual[Math.min(index, usual.length - 1)] ?? {};
    world.agenda.push({
      at: addMs(first, index * 1_000),
      what: 'act',
      step: id,
      act: { ...(role === undefined ? {} : { role }), ...act },
      declared: declared !== undefined,
    });
  }
}

/** Nobody needs to answer any more. */
export function withdrawActs(world: World, id: string): void {
  world.agenda = world.agenda.filter((due) => due.what !== 'act' || due.step !== id);
}

function usualActs({ runbook }: Stage, step: Step, purpose: AskPurpose): readonly PersonAct[] {
  const { body } = step;
  if (purpose === 'do' && (body.kind === 'approve' || body.kind === 'sign_off')) return usualDecisions(body);
  const owners = ownersOf(runbook, step);
  const everybody = purpose === 'do' && owners.mode === 'all' && body.kind === 'task';
  return owners.roles.slice(0, everybody ? undefined : 1).map((role) => ({ role }));
}

/** As many as are needed, each by another person. */
const usualDecisions = ({ by, need }: ApproveBody | SignOffBody): readonly PersonAct[] =>
  Array.from({ length: need }, (_, index) => ({
    role: by[index % by.length] ?? '',
    person: `${Math.floor(index / by.length) + 1}`,
  }));

export function personOf(runbook: Runbook, role: string, person = '1'): Person {
  const title = runbook.roles[role]?.title ?? role;
  return { id: `${role}-${person}`, name: person === '1' ? title : `${title} ${person}`, role };
}

/** What the act is to the engine; undefined when the step does not wait for anybody. */
export function actEvent(
  stage: Stage,
  world: World,
  { step: id, act }: Extract<Due, { what: 'act' }>,
): RunEvent | undefined {
  const state = world.state.steps[id];
  const isAsked = state?.waitingFor === 'person' || state?.waitingFor === 'approval';
  if (state === undefined || (!isAsked && act.refused === undefined)) return undefined;
  const step = stepNow(stage, world, id);
  const { body } = step;
  const base = { at: world.at, step: id, by: personOf(stage.runbook, act.role ?? '', act.person) };
  if (state.status === 'undoing') return { type: 'task_done', ...base, output: {}, ticks: [] };
  switch (body.kind) {
    case 'approve':
    case 'sign_off':
      return {
        type: 'decided',
        ...base,
        decision: act.decision ?? 'yes',
        hash: decisionHash(stage.runbook, world.state, body),
        ...(act.note === undefined ? {} : { note: act.note }),
      };
    case 'choose':
      return { type: 'chosen', ...base, option: act.option ?? body.recommended };
    case 'uses':
      if (state.manual === true) return { type: 'task_done', ...base, output: {}, ticks: [], note: act.note ?? 'Done' };
      return { type: 'confirmed', ...base, text: act.text ?? confirmText(stage, world, body) };
    case 'task':
      return { type: 'task_done', ...base, ...reportOf(stage.runbook, step, body, act) };
    default:
      return undefined;
  }
}

function confirmText({ runbook }: Stage, { state, at }: World, { confirm }: UsesBody): string {
  try {
    return String(renderTemplate(confirm ?? '', scopeAt(runbook, state, at)));
  } catch (error) {
    if (error instanceof ExpressionError) return '';
    throw error;
  }
}

type TaskReport = Pick<Extract<RunEvent, { type: 'task_done' }>, 'output' | 'ticks' | 'note' | 'artifact'>;

/** Everything ticked, every field of the form filled in, evidence of the kind asked for. */
function reportOf(runbook: Runbook, step: Step, body: TaskBody, act: PersonAct): TaskReport {
  const items = body.checklist.filter((item) => item.check === undefined && item.expect === undefined);
  const note =
    act.note ??
    (body.evidence === 'link'
      ? `https://evidence.example/${step.id}`
      : body.evidence === undefined
        ? undefined
        : 'Done');
  const leavesFile = body.evidence === 'file' || step.artifact !== undefined;
  return {
    output: formOutput(runbook, step.id, body, act.output ?? {}),
    ticks: act.ticks ?? items.map((item) => item.id),
    ...(note === undefined ? {} : { note }),
    ...(leavesFile ? { artifact: fileOf(step.id) } : {}),
  };
}

function formOutput(runbook: Runbook, id: string, body: TaskBody, declared: JsonObject): JsonObject {
  const { schema } = formOf(runbook, body);
  return sealTexts(mergePatch(exampleOf(schema, id) as JsonObject, declared), schema, id) as JsonObject;
}
