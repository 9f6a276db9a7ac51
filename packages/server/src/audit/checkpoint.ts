import { createHash, createPublicKey, verify } from 'node:crypto';
import { canonicalJson, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Database } from '../db/index.ts';
import type { Checkpoint, CheckpointSigner } from './types.ts';

const checkpointSchema = z.strictObject({
  version: z.literal(1),
  position: z.int().positive(),
  chainHash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  publicKey: z.base64(),
  signature: z.base64(),
});

interface CheckpointRow {
  readonly position: string;
  readonly chain_hash: Buffer;
  readonly at: Date;
  readonly key_id: string;
  readonly public_key: string;
  readonly signature: string;
}

const COLUMNS = 'position::text, chain_hash, at, key_id, public_key, signature';

/** Names a public key: the first 16 hex digits of its SHA-256. */
export const checkpointKeyId = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);

/** Signs how the chain stands now. Undefined when nothing was sealed since the last checkpoint. */
export function signCheckpoint(
  database: Database,
  signer: CheckpointSigner,
  { now }: { readonly now: Date },
): Promise<Checkpoint | undefined> {
  return database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<{ position: string; chain_hash: Buffer }>(
      `select position::text, chain_hash from audit_chain
       where position > (select coalesce(max(position), 0) from audit_checkpoints) order by audit_chain.position desc limit 1`,
    );
    const head = rows[0];
    if (head === undefined) return undefined;
    const checkpoint = sign(signer, Number(head.position), head.chain_hash, now);
    await tx.query(
      `insert into audit_checkpoints (position, chain_hash, at, key_id, public_key, signature)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [head.position, head.chain_hash, now, checkpoint.keyId, checkpoint.publicKey, checkpoint.signature],
    );
    return checkpoint;
  });
}

function sign(signer: CheckpointSigner, position: number, hash: Buffer, now: Date): Checkpoint {
  const { keyId, publicKey } = signer;
  const unsigned = { version: 1, position, chainHash: hash.toString('hex'), at: now.toISOString(), keyId, publicKey };
  return { ...unsigned, version: 1, signature: Buffer.from(signer.sign(signedBytes(unsigned))).toString('base64') };
}

const signedBytes = (unsigned: object): Buffer => Buffer.from(canonicalJson(unsigned));

/** Whether the signature is good, and of the key it names. */
export function isSignedBy({ signature, ...unsigned }: Checkpoint, publicKey: string): boolean {
  if (unsigned.publicKey !== publicKey || unsigned.keyId !== checkpointKeyId(publicKey)) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === 'ed25519' && verify(null, signedBytes(unsigned), key, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false;
  }
}

/** The latest checkpoint, to be kept where nobody who can change this database can reach it. */
export async function exportCheckpoint(database: Database): Promise<Checkpoint | undefined> {
  const { rows } = await database.transaction('operator', (tx) =>
    tx.query<CheckpointRow>(
      `select ${COLUMNS} from audit_checkpoints order by audit_checkpoints.position desc limit 1`,
    ),
  );
  return rows[0] === undefined ? undefined : toCheckpoint(rows[0]);
}

/** Every stored checkpoint, oldest first. */
export async function readCheckpoints(database: Database): Promise<readonly Checkpoint[]> {
  const { rows } = await database.transaction('operator', (tx) =>
    tx.query<CheckpointRow>(`select ${COLUMNS} from audit_checkpoints order by audit_checkpoints.position`),
  );
  return rows.map(toCheckpoint);
}

const toCheckpoint = (row: CheckpointRow): Checkpoint => ({
  version: 1,
  position: Number(row.position),
  chainHash: row.chain_hash.toString('hex'),
  at: row.at.toISOString(),
  keyId: row.key_id,
  publicKey: row.public_key,
  signature: row.signature,
});

/**
 * Reads an exported checkpoint.
 *
 * @throws file.unreadable when the text is no checkpoint.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const parsed = checkpointSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new TenantryError('file.unreadable', 'This is not an exported audit checkpoint.', {
    faults: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    next: 'Give the file as it was exported.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
