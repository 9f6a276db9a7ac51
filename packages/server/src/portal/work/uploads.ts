/** Files on their way into a run: kept with the draft until the form is sent. Under row-level security throughout. */
import { type PortalFileView, TenantryError, toWireId } from '@tenantry/contract';
import { sha256 } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { cleanFileName, FILE_BYTES_MAX, fileKind } from '../core/file-kind.ts';
import { notInPortal } from '../errors.ts';
import type { Visitor } from '../visitor.ts';
import type { TaskPlace } from './find-task.ts';

/** Of one task: a form that needs more is a form to rethink. */
const FILES_MAX = 20;

/** The field that stands for the file a task asks for as evidence, beside those of its form. */
export const EVIDENCE_FIELD = '';

export interface Upload {
  readonly field: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

interface Row {
  readonly id: string;
  readonly field: string;
  readonly name: string;
  readonly media_type: string;
  readonly size: number;
  readonly sha256: string;
}

const MINE = 'tenant_id = $1 and run_id = $2 and step_id = $3 and person_id = $4';
const COLUMNS = 'id, field, name, media_type, octet_length(bytes) as size, sha256';

const keyOf = ({ tenantId, actor }: Visitor, { runId, step }: TaskPlace): readonly unknown[] => [
  tenantId,
  runId,
  step,
  actor.id,
];

const viewFile = (row: Row): PortalFileView => ({ ...row, id: toWireId('file', row.id) });

export async function listUploads(tx: Tx, visitor: Visitor, place: TaskPlace): Promise<PortalFileView[]> {
  const { rows } = await tx.query<Row>(
    `select ${COLUMNS} from portal_uploads where ${MINE} order by created_at, id`,
    keyOf(visitor, place),
  );
  return rows.map(viewFile);
}

export interface UploadInput extends TaskPlace {
  readonly field: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Keeps a file for one field, in place of the one before.
 *
 * @throws portal.file_refused
 */
export async function keepUpload(tx: Tx, visitor: Visitor, input: UploadInput, now: Date): Promise<PortalFileView> {
  const { field, bytes } = input;
  const mediaType = checkFile(bytes);
  const key = keyOf(visitor, input);
  await tx.query(`delete from portal_uploads where ${MINE} and field = $5`, [...key, field]);
  const { rows: counted } = await tx.query<{ n: number }>(
    `select count(*)::int as n from portal_uploads where ${MINE}`,
    key,
  );
  if ((counted[0]?.n ?? 0) >= FILES_MAX) throw refused(`More than ${FILES_MAX} files wait with this task.`);
  const { rows } = await tx.query<Row>(
    `insert into portal_uploads (tenant_id, run_id, step_id, person_id, field, name, media_type, sha256, bytes, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${COLUMNS}`,
    [
      ...key,
      field,
      cleanFileName(input.name),
      mediaType,
      sha256(bytes),
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      now,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw notInPortal('file');
  return viewFile(row);
}

function checkFile(bytes: Uint8Array): string {
  if (bytes.length === 0) throw refused('The file is empty.');
  if (bytes.length > FILE_BYTES_MAX) throw refused('The file is larger than 10 MiB.');
  const kind = fileKind(bytes);
  if (kind === undefined) throw refused('A file of this kind is not taken.');
  return kind;
}

const refused = (message: string): TenantryError =>
  new TenantryError('portal.file_refused', message, {
    next: 'Send a PDF, a picture, an office document, a text file, or a ZIP archive of up to 10 MiB.',
  });

/** @throws portal.not_found */
export async function removeUpload(tx: Tx, visitor: Visitor, place: TaskPlace, fileId: string): Promise<void> {
  const { rowCount } = await tx.query(`delete from portal_uploads where ${MINE} and id = $5`, [
    ...keyOf(visitor, place),
    fileId,
  ]);
  if (rowCount === 0) throw notInPortal('file');
}

/** The files with their bytes, taken out: they are about to become artifacts of the run in the same transaction. */
export async function takeUploads(tx: Tx, visitor: Visitor, place: TaskPlace): Promise<readonly Upload[]> {
  const { rows } = await tx.query<{ field: string; name: string; media_type: string; bytes: Uint8Array }>(
    `delete from portal_uploads where ${MINE} returning field, name, media_type, bytes`,
    keyOf(visitor, place),
  );
  return rows.map(({ media_type: mediaType, ...file }) => ({ ...file, mediaType }));
}
