/**
 * The encryption of a backup file: AES-256-GCM over chunks of 64 KiB in the STREAM construction (Hoang, Reyhanitabar,
 * Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), with nonces as age
 * v1 makes them: eleven bytes that count chunks and one that marks the last. Each file has a key of its own
 * (HKDF-SHA-256 with a random salt), so that a counter is a nonce. See docs/decisions/0008.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

export const CHUNK_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';

/** What one file is sealed with. */
export interface FileKey {
  readonly key: Buffer;
  /** SHA-256 of the header: every chunk is bound to it. */
  readonly header: Buffer;
}

/** The key of one file from the data key of its backup (RFC 5869). */
export const fileKeyOf = (dataKey: Buffer, salt: Buffer, header: Buffer): FileKey => ({
  key: Buffer.from(hkdfSync('sha256', dataKey, salt, 'tenantry/backup-file/v1', 32)),
  header,
});

/** A chunk that does not open. `offset` counts bytes of ciphertext from the first chunk. */
export class ChunkError extends Error {
  readonly reason: 'altered' | 'cut off';
  readonly offset: number;

  constructor(reason: 'altered' | 'cut off', offset: number) {
    super(`chunk at byte ${offset} is ${reason}`);
    this.name = 'ChunkError';
    this.reason = reason;
    this.offset = offset;
  }
}

/** 2^48 chunks are 16 EiB: the counter cannot run out. */
function nonceOf(counter: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[NONCE_BYTES - 1] = last ? 1 : 0;
  return nonce;
}

/** Cuts what flows through into pieces of one size and hands each on only when more follows it. */
abstract class Chunked extends Transform {
  readonly #size: number;
  #buffer: Buffer;
  #filled = 0;
  protected counter = 0;

  constructor(size: number) {
    super();
    this.#size = size;
    this.#buffer = Buffer.allocUnsafe(size);
  }

  /** In as many pieces as it comes: putting them together would only make garbage. */
  protected abstract turn(piece: Buffer, last: boolean): readonly Buffer[];

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      for (let at = 0; at < data.length; ) {
        if (this.#filled === this.#size) this.#hand(false);
        const taken = data.copy(this.#buffer, this.#filled, at);
        at += taken;
        this.#filled += taken;
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#hand(true);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #hand(last: boolean): void {
    for (const piece of this.turn(this.#buffer.subarray(0, this.#filled), last)) this.push(piece);
    this.counter += 1;
    this.#filled = 0;
  }
}

class Seal extends Chunked {
  readonly #file: FileKey;

  constructor(file: FileKey) {
    super(CHUNK_BYTES);
    this.#file = file;
  }

  protected turn(piece: Buffer, last: boolean): readonly Buffer[] {
    const cipher = createCipheriv(CIPHER, this.#file.key, nonceOf(this.counter, last), { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#file.header);
    const sealed = cipher.update(piece);
    // GCM is a stream cipher: the end adds nothing but the tag.
    cipher.final();
    return [sealed, cipher.getAuthTag()];
  }
}

class Open extends Chunked {
  readonly #file: FileKey;

  constructor(file: FileKey) {
    super(CHUNK_BYTES + TAG_BYTES);
    this.#file = file;
  }

  protected turn(piece: Buffer, last: boolean): readonly Buffer[] {
    const plain = this.#open(piece, last);
    if (plain !== undefined) return [plain];
    // What opens as a chunk in the middle and stands at the end has lost what followed it.
    const offset = this.counter * (CHUNK_BYTES + TAG_BYTES);
    const cutOff = last && (piece.length < TAG_BYTES || this.#open(piece, false) !== undefined);
    throw new ChunkError(cutOff ? 'cut off' : 'altered', offset);
  }

  #open(piece: Buffer, last: boolean): Buffer | undefined {
    return openChunk(this.#file, piece, { counter: this.counter, last });
  }
}

/**
 * One chunk by its place, so that a file can be read from anywhere; undefined for one that was altered, or that does not
 * belong there.
 */
export function openChunk(
  file: FileKey,
  piece: Buffer,
  { counter, last }: { readonly counter: number; readonly last: boolean },
): Buffer | undefined {
  if (piece.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, file.key, nonceOf(counter, last), { authTagLength: TAG_BYTES });
  decipher.setAAD(file.header);
  decipher.setAuthTag(piece.subarray(-TAG_BYTES));
  // Held back until the tag is checked: nothing unauthenticated leaves this function.
  const plain = decipher.update(piece.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

/** Plain bytes in, sealed chunks out. */
export const sealChunks = (file: FileKey): Transform => new Seal(file);

/** Sealed chunks in, plain bytes out; fails with a `ChunkError`. A chunk leaves it only when its tag was right. */
export const openChunks = (file: FileKey): Transform => new Open(file);
