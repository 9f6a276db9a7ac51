import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { csvLine } from './core/csv.ts';

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
  rows(): AsyncIterable<string>;
}

/** A ZIP archive that is written while it is read: never more of it is in memory than is on its way. */
export class Archive {
  readonly #zip = new ZipFile();
  readonly #failed = new AbortController();

  constructor() {
    this.#zip.on('error', (error) => this.#failed.abort(error));
  }

  get stream(): Readable {
    return this.#zip.outputStream as unknown as Readable;
  }

  /** One table as a JSON array, a row to a line, and as CSV beside it where that is asked for. */
  async addTable(table: TableInput, csv: boolean): Promise<ManifestEntry> {
    const hash = createHash('sha256');
    let rows = 0;
    await this.#write(table.entry, async function* () {
      yield '[';
      for await (const row of table.rows()) {
        hash.update(row).update('\n');
        yield rows === 0 ? `\n${row}` : `,\n${row}`;
        rows += 1;
      }
      yield '\n]\n';
    });
    if (csv) await this.#write(table.entry.replace(/\.json$/, '.csv'), () => csvLines(table));
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

  async #write(name: string, lines: () => AsyncIterable<string>): Promise<void> {
    const { signal } = this.#failed;
    const entry = new PassThrough();
    this.#zip.addReadStream(entry, name);
    for await (const line of lines()) {
      signal.throwIfAborted();
      // Whoever reads slowly slows the reading of the database down, too.
      if (!entry.write(line)) await once(entry, 'drain', { signal });
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

async function* csvLines({ columns, rows }: TableInput): AsyncGenerator<string> {
  yield csvLine(columns);
  for await (const row of rows()) {
    const values = JSON.parse(row) as Readonly<Record<string, unknown>>;
    yield csvLine(columns.map((column) => values[column]));
  }
}
