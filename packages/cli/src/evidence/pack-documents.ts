/** The documents of a pack, as far as the check reads them. Members it does not read are let through. */
import type { Runbook, RunEvent, RunFacts, RunState } from '@tenantry/runbook';
import { z } from 'zod';
import { type PackProblem, problem } from './pack-problem.ts';
import type { PackContents } from './read-pack.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const position = z.int().positive();

export const manifestSchema = z.strictObject({
  schema: z.literal('tenantry.evidence-manifest/1'),
  run: z.string(),
  revision: z.int().nonnegative(),
  files: z.array(z.strictObject({ name: z.string(), size: z.int().nonnegative(), sha256: hash })),
  root: hash,
});
export type Manifest = z.infer<typeof manifestSchema>;

export const signatureSchema = z.strictObject({
  schema: z.literal('tenantry.evidence-signature/1'),
  run: z.string(),
  revision: z.int().nonnegative(),
  manifestSha256: hash,
  keyId: z.string(),
  publicKey: z.base64(),
  signature: z.base64(),
});

/** Shapes that only the engine reads are checked by replaying them: a wrong one does not replay. */
const trusted = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

export const runDocumentSchema = z.looseObject({
  schema: z.literal('tenantry.evidence/1'),
  run: z.looseObject({
    id: z.string(),
    revision: z.int().nonnegative(),
    title: z.string(),
    status: z.string(),
  }),
  runbook: z.looseObject({
    hash,
    definition: trusted<Runbook>(),
    earlier: z.record(z.string(), trusted<Runbook>()).default({}),
    files: z.record(z.string(), z.string()),
  }),
  start: z.looseObject({ facts: trusted<RunFacts>().nullable() }),
  state: trusted<RunState>(),
  artifacts: z.array(z.looseObject({ file: z.string().nullable(), sha256: z.string() })),
});
export type RunDocument = z.infer<typeof runDocumentSchema>;

export const eventsDocumentSchema = z.strictObject({
  schema: z.literal('tenantry.evidence-events/1'),
  run: z.string(),
  events: z.array(
    z.looseObject({
      revision: position,
      event: trusted<RunEvent>(),
      steps: z.array(z.looseObject({ step: z.string(), status: z.string() })),
    }),
  ),
});
export type EventsDocument = z.infer<typeof eventsDocumentSchema>;

const checkpointSchema = z.strictObject({
  version: z.literal(1),
  position,
  chainHash: hash,
  at: z.string(),
  keyId: z.string(),
  publicKey: z.base64(),
  signature: z.base64(),
});
export type PackCheckpoint = z.infer<typeof checkpointSchema>;

const auditRowSchema = z.strictObject({
  seq: z.string().regex(/^\d+$/),
  id: z.string(),
  atUs: z.string(),
  actorKind: z.string(),
  actorId: z.string(),
  action: z.string(),
  tenantId: z.string().nullable(),
  runId: z.string().nullable(),
  subjectKind: z.string(),
  subjectId: z.string(),
  payload: z.string().nullable(),
  payloadHash: hash,
  link: z.strictObject({ position, rowHash: hash, previousChainHash: hash, chainHash: hash }).nullable(),
});
export type PackAuditRow = z.infer<typeof auditRowSchema>;

export const auditDocumentSchema = z.strictObject({
  schema: z.literal('tenantry.evidence-audit/1'),
  run: z.string(),
  rows: z.array(auditRowSchema),
  links: z.strictObject({ from: position, previous: hash, rowHashes: z.array(hash) }).nullable(),
  covering: checkpointSchema.nullable(),
  newest: checkpointSchema.nullable(),
});
export type AuditDocument = z.infer<typeof auditDocumentSchema>;

const FAULTS_SHOWN = 3;

/** Undefined, with a problem, for a file that is not there or not in its form. */
export function parseDocument<T>(
  contents: PackContents,
  file: string,
  schema: z.ZodType<T>,
  problems: PackProblem[],
): T | undefined {
  const bytes = contents.get(file);
  if (bytes === undefined) {
    problems.push(problem('missing', file, 'Every pack has this file; this one lacks it.'));
    return undefined;
  }
  const parsed = schema.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, FAULTS_SHOWN).map(({ path, message }) => `${path.join('.')}: ${message}`);
  problems.push(problem('unreadable', file, `It is not in the form this version reads (${faults.join('; ')}).`));
  return undefined;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
