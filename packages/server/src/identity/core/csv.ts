/**
 * Comma-separated values (RFC 4180) in pieces, as they come from the network. A separator is a comma, or a semicolon
 * where the first row has semicolons and no comma, as spreadsheets of half of Europe write it.
 */

/** A quote that is never closed would swallow the rest of the file: no field is this long. */
export const FIELD_MAX = 2_000;

export interface CsvReader {
  /** The rows that are complete with this piece. @throws CsvFault */
  push(piece: string): readonly (readonly string[])[];
  /** The last row, where the file does not end with a line break. @throws CsvFault */
  end(): readonly (readonly string[])[];
}

/** `row` counts from 1. */
export class CsvFault extends Error {
  readonly row: number;

  constructor(row: number, message: string) {
    super(message);
    this.name = 'CsvFault';
    this.row = row;
  }
}

/** Where the reader stands: `closed` is right after a quote that may have been the closing one. */
type Place = 'start' | 'plain' | 'quoted' | 'closed';

export function csvReader(): CsvReader {
  let place: Place = 'start';
  let separator: string | undefined;
  let field = '';
  let row: string[] = [];
  let count = 1;
  let previous = '';
  let rows: (readonly string[])[] = [];

  const endField = (): void => {
    row.push(field);
    field = '';
    place = 'start';
  };
  const endRow = (): void => {
    endField();
    // An empty line is no row.
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    count += 1;
  };
  const add = (character: string, next: Place): void => {
    if (field.length >= FIELD_MAX) throw new CsvFault(count, `a field is longer than ${FIELD_MAX} characters`);
    field += character;
    place = next;
  };
  const isSeparator = (character: string): boolean => {
    if (separator === undefined && (character === ',' || character === ';')) separator = character;
    return character === separator;
  };
  const read = (character: string): void => {
    if (place === 'quoted') {
      if (character === '"') place = 'closed';
      else add(character, 'quoted');
    } else if (character === '"' && place === 'closed') add('"', 'quoted');
    else if (character === '"' && place === 'start') place = 'quoted';
    else if (isSeparator(character)) endField();
    else if (character === '\n' && previous === '\r') return;
    else if (character === '\n' || character === '\r') endRow();
    else if (place === 'closed') throw new CsvFault(count, 'text follows a closing quote');
    else add(character, 'plain');
  };

  return {
    push(piece) {
      rows = [];
      for (const character of piece) {
        read(character);
        previous = character;
      }
      return rows;
    },
    end() {
      rows = [];
      if (place === 'quoted') throw new CsvFault(count, 'a quote is not closed');
      if (field !== '' || row.length > 0 || place === 'closed') endRow();
      return rows;
    },
  };
}
