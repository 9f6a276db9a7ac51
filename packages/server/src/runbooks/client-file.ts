/**
 * The file a client is onboarded from. Either an envelope (`runbook`, `product`, `client`, `intake`) or the bare
 * intake, when the caller says which runbook and product it is for (INT-43).
 */
import { TenantryError } from '@tenantry/contract';
import { type Json, type JsonObject, type JsonSchema, type Positions, parseIntakeFile } from '@tenantry/runbook';

export interface ClientFile {
  readonly runbook: string;
  readonly product: string;
  readonly document: IntakeDocument;
  /** The tenant it is about, by id or slug, for a runbook about one that is there. */
  readonly about?: { readonly tenant: string };
  readonly unattended?: boolean;
}

/** What was handed in, whole, so that faults can name its lines. */
export interface IntakeDocument {
  readonly data: JsonObject;
  /** Where it was written, when it came as a file. */
  readonly positions?: Positions;
  /** The intake stands under `intake`, with the rest of the envelope beside it. */
  readonly envelope: boolean;
}

export interface ClientFileRequest {
  readonly source: string;
  readonly file: string;
  readonly runbook?: string | undefined;
  readonly product?: string | undefined;
  readonly tenant?: string | undefined;
  readonly unattended?: boolean | undefined;
}

/** @throws file.unreadable, intake.invalid: each fault with its line */
export function readClientFile(request: ClientFileRequest): ClientFile {
  const { data, faults, positions } = parseIntakeFile(request.source, request.file);
  if (faults.length > 0 || !isObject(data)) {
    throw new TenantryError('file.unreadable', `${request.file} cannot be read.`, {
      faults,
      next: 'Correct the line named and send the file again; nothing was written.',
    });
  }
  const envelope = typeof data.runbook === 'string' || isObject(data.intake);
  const tenant = request.tenant ?? (envelope && typeof data.tenant === 'string' ? data.tenant : undefined);
  return {
    ...target(request, envelope ? data : {}),
    document: { data, positions, envelope },
    ...(tenant === undefined ? {} : { about: { tenant } }),
    ...(request.unattended === true ? { unattended: true } : {}),
  };
}

function target(request: ClientFileRequest, data: JsonObject): { readonly runbook: string; readonly product: string } {
  const runbook = request.runbook ?? data.runbook;
  const product = request.product ?? data.product;
  if (typeof runbook === 'string' && typeof product === 'string') return { runbook, product };
  const missing = [
    typeof runbook === 'string' ? undefined : 'runbook',
    typeof product === 'string' ? undefined : 'product',
  ];
  throw new TenantryError('intake.invalid', `${request.file} does not say what to run.`, {
    faults: missing.flatMap((name) =>
      name === undefined ? [] : [{ path: name, message: 'is missing', fix: `Name it in the file, or pass --${name}.` }],
    ),
  });
}

/** The schema of the whole document, so that one check finds every fault of envelope and intake together. */
export const documentSchema = (intake: JsonSchema, envelope: boolean): JsonSchema =>
  envelope
    ? {
        type: 'object',
        required: ['intake'],
        properties: {
          runbook: { type: 'string' },
          product: { type: 'string' },
          tenant: { type: 'string' },
          client: { type: 'object', additionalProperties: true },
          intake,
        },
        // References inside the intake are written from its root, which is now one level down.
        ...(intake.$defs === undefined ? {} : { $defs: intake.$defs }),
      }
    : intake;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
