import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { csvLine } from './core/csv.ts';
import { listPiece, rowsIn } from './core/lines.ts';

export interface ManifestEntry {
  readonly entry: string;
  readonly database: string;
  readonly table: string;
  readonly rows: number;
  /** Of the rows, one JSON text to a line, in the order of the key: the same rows give the same hash anywhere. */
  readonly rows_sha256: string;
  readonly columns: readonly string[];
  readonly left_out_columns: readonly string[];
}

export interface TableInput {
  readonly entry: string;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly leftOutColumns: readonly string[];
  lines(): AsyncIterable<Buffer>;
}

/** What was read since the last time. */
export interface ArchiveProgress {
  readonly database: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Four times as fast as the default for a fifth more: whoever takes an export waits for it. */
const PACKED = 1;

/** A ZIP archive that is written while it is read: never more of it is in memory than is on its way. */
export class Archive {
  readonly #zip = new ZipFile();
  readonly #failed = new AbortController();
  readonly #told: (progress: ArchiveProgress) => void;

  /** @param told of each piece that was read */
  constructor(told: (progress: ArchiveProgress) => void = () => undefined) {
    this.#told = told;
    this.#zip.on('error', (error) => this.#failed.abort(error));
    // Once nobody reads, nothing that waits for its turn in the archive would ever get it.
    this.stream.on('close', () => this.#failed.abort(new Error('nobody reads the archive any more')));
  }

  get stream(): Readable {
    return this.#zip.outputStream as unknown as Readable;
  }

  /** One table as a JSON array, a row to a line, and as CSV beside it where that is asked for. */
  async addTable(table: TableInput, csv: boolean): Promise<ManifestEntry> {
    const hash = createHash('sha256');
    let rows = 0;
    const told = this.#told;
    await this.#write(table.entry, async function* () {
      yield Buffer.from('[');
      for await (const piece of table.lines()) {
        hash.update(piece);
        const listed = listPiece(piece);
        yield Buffer.from(rows === 0 ? '\n' : ',\n');
        yield listed.bytes;
        rows += listed.rows;
        told({ database: table.database, table: table.table, rows: listed.rows, bytes: piece.length });
      }
      yield Buffer.from('\n]\n');
    });
    if (csv) await this.#write(table.entry.replace(/\.json$/, '.csv'), () => csvPieces(table));
    return {
      entry: table.entry,
      database: table.database,
      table: table.table,
      rows,
      rows_sha256: hash.digest('hex'),
      columns: table.columns,
      left_out_columns: table.leftOutColumns,
    };
  }

  addText(name: string, text: string): void {
    this.#zip.addBuffer(Buffer.from(text), name);
  }

  end(): void {
    this.#zip.end();
  }

  async #write(name: string, pieces: () => AsyncIterable<Buffer>): Promise<void> {
    const { signal } = this.#failed;
    const entry = new PassThrough();
    this.#zip.addReadStream(entry, name, { compressionLevel: PACKED });
    for await (const piece of pieces()) {
      signal.throwIfAborted();
      // Whoever reads slowly slows the reading of the database down, too.
      if (!entry.write(piece)) await once(entry, 'drain', { signal });
    }
    entry.end();
    if (!entry.readableEnded) await once(entry, 'end', { signal });
  }

  /** Nobody reads on, or a table could not be read: what was written so far is no archive. */
  abort(error: Error): void {
    this.#failed.abort(error);
    this.stream.destroy(error);
  }
}

async function* csvPieces({ columns, lines }: TableInput): AsyncGenerator<Buffer> {
  yield Buffer.from(csvLine(columns));
  for await (const piece of lines()) {
    const rows = rowsIn(piece).map((row) => JSON.parse(row) as Readonly<Record<string, unknown>>);
    yield Buffer.from(rows.map((row) => csvLine(columns.map((column) => row[column]))).join(''));
  }
}
