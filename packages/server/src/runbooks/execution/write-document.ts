/** The `document` verb: a template of the runbook, filled in from the run, kept as an artifact with its hash. */
import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import {
  type ArtifactState,
  fillDocument,
  findStep,
  type JsonObject,
  renderTemplate,
  scopeAt,
} from '@tenantry/runbook';
import { z } from 'zod';
import {
  colorSchema,
  type Document,
  type DocumentBrand,
  languageSchema,
  renderDocument,
} from '../../connectors/document/index.ts';
import { asText, secret } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import type { RunRecord } from '../runs/index.ts';
import type { Work } from './work.ts';

interface Written {
  readonly status: 'passed';
  readonly output: JsonObject;
  readonly artifact: ArtifactState;
  write(tx: Tx, record: RunRecord, now: Date): Promise<void>;
}

/** @throws runbook.invalid for a template that cannot be filled in or would hold a secret */
export async function writeDocument(work: Work): Promise<Written> {
  const { attempt, run } = work;
  const document = await render(work);
  const id = randomUUID();
  const { name, media_type, sha256, about } = document;
  return {
    status: 'passed',
    output: { ...(about as JsonObject), name, media_type, sha256, size: document.bytes.byteLength },
    artifact: { hash: sha256, url: `/api/v1/runs/${run.id}/artifacts/${id}` },
    write: async (tx, record, now) => {
      await tx.query(
        `insert into run_artifacts (id, run_id, tenant_id, step_id, round, name, media_type, bytes, sha256, about, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          id,
          record.id,
          record.meta.tenantId,
          attempt.step,
          attempt.round,
          name,
          media_type,
          document.bytes,
          sha256,
          about,
          now,
        ],
      );
    },
  };
}

async function render({ attempt, run, input, context }: Work): Promise<Document> {
  const step = findStep(run.runbook, attempt.step);
  const body = step?.body.kind === 'document' ? step.body : undefined;
  const format = body?.format ?? 'md';
  const { values, settings } = partInput(input as JsonObject);
  const { tenant } = run.state.facts;
  const scope = scopeAt(run.runbook, run.state, context.now.toISOString(), {
    ...values,
    ...(tenant === null ? {} : { tenant: { ...tenant, ...context.tenant?.texts } }),
  });
  return renderDocument({
    template: context.template(attempt.name),
    format,
    name: body?.name === undefined ? defaultName(attempt.name, format) : String(renderTemplate(body.name, scope)),
    render: (text, escaped = asText) => fillDocument(text, scope, escaped),
    brand: brandOf(run.state.facts.product, settings.color),
    at: context.now,
    signal: context.signal,
    ...(settings.language === undefined ? {} : { language: settings.language }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
  });
}

/** `with.document` is about the document itself; the other values, and not a password, are for the template. */
const settingsSchema = z.strictObject({
  language: languageSchema.optional(),
  color: colorSchema.optional(),
  password: secret().optional(),
});

function partInput({ document, ...values }: JsonObject): {
  readonly values: JsonObject;
  readonly settings: z.infer<typeof settingsSchema>;
} {
  const parsed = settingsSchema.safeParse(document ?? {});
  if (parsed.success) return { values, settings: parsed.data };
  throw new TenantryError('runbook.invalid', 'What the step says of its document does not fit.', {
    faults: parsed.error.issues.map(({ path, message }) => ({
      path: ['with', 'document', ...path].join('.'),
      message,
    })),
    next: 'Give `with.document` a language, a colour or a password, the password as a vault reference.',
  });
}

/** As pinned by the run, so by the profile's own schema. */
function brandOf(product: JsonObject, color: string | undefined): DocumentBrand {
  const { name, brand } = brandSchema.parse(product);
  const chosen = color ?? brand?.color;
  return { name: name ?? 'Tenantry', ...(chosen === undefined ? {} : { color: chosen }) };
}

const brandSchema = z.object({ name: z.string().optional(), brand: z.object({ color: colorSchema }).optional() });

const defaultName = (template: string, format: string): string => {
  const base =
    template
      .split('/')
      .at(-1)
      ?.replace(/\.[a-z]+$/, '') ?? 'document';
  return `${base}.${format}`;
};
