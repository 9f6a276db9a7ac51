import { FieldReader } from '../http/field-reader.ts';

export interface Line {
  readonly label: string;
  /** Parts are cut from boards of the same material only; empty is a material too. */
  readonly material: string;
  readonly lengthMm: number;
  readonly quantity: number;
}

export interface ProjectInput {
  readonly name: string;
  readonly boards: readonly Line[];
  readonly parts: readonly Line[];
}

const LINES_MAX = 200;
/** Planning tries every part on every open board; this keeps the worst project within a few milliseconds. */
const PIECES_MAX = 2_000;

/** From the body of a request, or from a form turned into the same shape. Throws one refusal with all faults. */
export function readProject(body: unknown): ProjectInput {
  const reader = new FieldReader(body);
  const project = {
    name: reader.text('name', { min: 1, max: 200 }),
    boards: reader.list('boards', LINES_MAX, readLine),
    parts: reader.list('parts', LINES_MAX, readLine),
  };
  for (const kind of ['boards', 'parts'] as const) {
    const pieces = project[kind].reduce((all, line) => all + line.quantity, 0);
    reader.require(pieces <= PIECES_MAX, kind, `At most ${PIECES_MAX} pieces in all.`);
  }
  reader.finish('The project was not saved.');
  return project;
}

const readLine = (line: FieldReader): Line => ({
  label: line.text('label', { min: 1, max: 100 }),
  material: line.has('material') ? line.text('material', { max: 100 }) : '',
  lengthMm: line.number('lengthMm', { min: 0.001, max: 100_000 }),
  quantity: line.number('quantity', { min: 1, max: 1_000, integer: true }),
});
