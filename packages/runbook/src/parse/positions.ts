/** Where each value of a YAML file stands, by path: `phases[0].steps[2].with.name`. */
import type { LineCounter } from 'yaml';

export type PathSegment = string | number;

/** How a scalar was written; decides whether offsets inside it can be pointed at. */
export interface Spot {
  /** Character offsets of the value in the source. */
  readonly start: number;
  readonly end: number;
  /** Offset of the key that leads here, for faults of the key itself. */
  readonly keyStart?: number;
  /** Offset in the source of the first character of a scalar whose text stands there unchanged. */
  readonly textStart?: number;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Positions of one file. Paths that are not in the file fall back to the nearest container. */
export interface Positions {
  readonly file: string;
  /** Where the value at a path starts. */
  of(path: string): Place;
  /** Where the key of the value at a path stands; the value itself for list items. */
  ofKey(path: string): Place;
  /** A character inside the scalar at a path; `exact` is false for folded or escaped text. */
  within(path: string, offset: number): Place & { readonly exact: boolean };
  readonly spots: ReadonlyMap<string, Spot>;
}

/** `a.b[0]["c d"]`: names are joined with dots, indexes and unusual keys stand in brackets. */
export function joinPath(base: string, segment: PathSegment): string {
  if (typeof segment === 'number') return `${base}[${segment}]`;
  if (!/^[A-Za-z_][\w-]*$/.test(segment)) return `${base}[${JSON.stringify(segment)}]`;
  return base === '' ? segment : `${base}.${segment}`;
}

export const pathOf = (base: string, segments: readonly PathSegment[]): string =>
  segments.reduce<string>(joinPath, base);

/** The path without its last segment. */
function parentOf(path: string): string {
  const bracket = path.endsWith(']') ? openingBracket(path) : -1;
  return path.slice(0, Math.max(0, bracket, bracket < 0 ? path.lastIndexOf('.') : 0));
}

function openingBracket(path: string): number {
  const quoted = /\["(?:[^"\\]|\\.)*"\]$/.exec(path);
  return quoted === null ? path.lastIndexOf('[') : quoted.index;
}

export function createPositions(file: string, spots: ReadonlyMap<string, Spot>, lines: LineCounter): Positions {
  const nearest = (path: string): Spot | undefined => {
    for (let at = path; at !== ''; at = parentOf(at)) {
      const spot = spots.get(at);
      if (spot !== undefined) return spot;
    }
    return spots.get('');
  };
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  return {
    file,
    spots,
    of: (path) => place(nearest(path)?.start ?? 0),
    ofKey: (path) => {
      const spot = nearest(path);
      return place(spot?.keyStart ?? spot?.start ?? 0);
    },
    within: (path, offset) => {
      const spot = spots.get(path);
      if (spot?.textStart === undefined) return { ...place(nearest(path)?.start ?? 0), exact: offset === 0 };
      return { ...place(spot.textStart + offset), exact: true };
    },
  };
}
