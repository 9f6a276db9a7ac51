/** What somebody of a client is asked to do, and what exactly they sign. Pure. */
import type { AskView, PortalSignedPartView, PortalTaskSummaryView, PortalTaskView } from '@tenantry/contract';
import { toWireId } from '@tenantry/contract';
import { effectiveStep, findPhase, findStep, type JsonObject, type Step, stepsOf } from '@tenantry/runbook';
import type { RunRecord } from '../../runbooks/index.ts';
import { asksOf } from './view-progress.ts';

const KINDS = {
  task: 'task',
  undo_task: 'task',
  approve: 'approve',
  sign_off: 'sign_off',
  choose: 'choose',
} as const satisfies Partial<Record<AskView['kind'], PortalTaskSummaryView['kind']>>;

const isForPortal = (kind: AskView['kind']): kind is keyof typeof KINDS => Object.hasOwn(KINDS, kind);

/** What waits for one of these roles of the client. */
export const asksFor = (record: RunRecord, roles: readonly string[], now: Date): readonly AskView[] =>
  asksOf(record, now).filter(
    (ask) =>
      isForPortal(ask.kind) &&
      ask.roles.some((role) => roles.includes(role) && record.runbook.roles[role]?.party === 'client'),
  );

export function summarizeTask(record: RunRecord, ask: AskView, draftSavedAt: Date | null): PortalTaskSummaryView {
  const phase = findStep(record.runbook, ask.step)?.phase ?? '';
  return {
    run: toWireId('run', record.id),
    step: ask.step,
    title: ask.title,
    kind: isForPortal(ask.kind) ? KINDS[ask.kind] : 'task',
    phase: findPhase(record.runbook, phase)?.title ?? '',
    asked_at: ask.asked_at,
    draft_saved_at: draftSavedAt?.toISOString() ?? null,
  };
}

type TaskDetails = Omit<PortalTaskView, keyof PortalTaskSummaryView | 'draft' | 'files'>;

export function viewTask(record: RunRecord, ask: AskView): TaskDetails {
  const { text, instructions, form, form_required, shows, evidence, options, statement, hash } = ask;
  const held = record.state.steps[ask.step];
  return {
    text,
    instructions,
    checklist: ask.checklist.map(({ id, item, by_system, found }) => ({ id, item, by_system, ok: found?.ok ?? null })),
    form,
    form_required,
    shows: Object.fromEntries(Object.entries(shows).filter(([, value]) => !holdsSecret(value))),
    evidence,
    options,
    statement,
    hash,
    parts: partsOf(record, ask.step),
    signed_by: (held?.acts ?? [])
      .filter(({ decision }) => decision === 'yes')
      .map((act) => ({
        name: act.name,
        role: record.runbook.roles[act.role]?.title ?? act.role,
        at: act.at,
        counts: act.hash === hash,
      })),
    failure: ask.failure?.message ?? null,
  };
}

/** A reference into the vault is nothing to show: secrets have a page of their own. */
const holdsSecret = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('$secret' in value || '$secretTemplate' in value);

/** What a yes is bound to, part by part. */
export function partsOf(record: RunRecord, stepId: string): PortalSignedPartView[] {
  const written = findStep(record.runbook, stepId);
  if (written === undefined) return [];
  const { body } = effectiveStep(written, record.state.steps[stepId]);
  if (body.kind !== 'approve' && body.kind !== 'sign_off') return [];
  return body.of.map((name) => partOf(record, name));
}

function partOf(record: RunRecord, name: string): PortalSignedPartView {
  const [kind = '', id = ''] = name.split('.');
  if (kind === 'artifacts') {
    const artifact = record.state.artifacts[id];
    return {
      title: madeBy(record, id)?.title ?? id.replaceAll('_', ' '),
      kind: 'document',
      sha256: artifact?.hash ?? null,
      url: artifact === undefined ? null : documentUrl(record.id, artifact.url),
    };
  }
  const title = kind === 'steps' ? (findStep(record.runbook, id)?.title ?? id) : record.runbook.title;
  return { title, kind: 'record', sha256: null, url: null };
}

const madeBy = ({ runbook }: RunRecord, artifact: string): Step | undefined =>
  stepsOf(runbook).find((step) => step.artifact === artifact);

const ARTIFACT_URL = /^\/api\/v1\/runs\/[^/]+\/artifacts\/([0-9a-f-]{36})$/;

/** The address of a stored file of the run in the portal; null for a link that leads elsewhere. */
export function documentUrl(runId: string, url: string): string | null {
  const id = ARTIFACT_URL.exec(url)?.[1];
  return id === undefined ? null : `/portal/api/runs/${toWireId('run', runId)}/documents/${id}`;
}

/** Ids of the stored files that somebody in one of these roles of the client signs in this run. */
export function signedFiles(record: RunRecord): ReadonlySet<string> {
  const ids = stepsOf(record.runbook).flatMap(({ body }) => {
    if (body.kind !== 'approve' && body.kind !== 'sign_off') return [];
    if (!body.by.some((role) => record.runbook.roles[role]?.party === 'client')) return [];
    return body.of.flatMap((name) => {
      const [kind, id = ''] = name.split('.');
      const url = kind === 'artifacts' ? record.state.artifacts[id]?.url : undefined;
      return url === undefined ? [] : [ARTIFACT_URL.exec(url)?.[1] ?? ''];
    });
  });
  return new Set(ids);
}

/** The values of a form without what it marks as secret: a draft never holds one. */
export function withoutSecrets(values: JsonObject, fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const schema = fields[name];
      if (!isRecord(schema) || schema['x-secret'] === true) return [];
      const inner = schema.properties;
      if (isRecord(inner) && isRecord(value)) return [[name, withoutSecrets(value as JsonObject, inner)]];
      return [[name, value]];
    }),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
