/** Which bytes of a file somebody asks for (RFC 9110, 14). */

export interface ByteRange {
  readonly start: number;
  /** Of the last byte, which is part of it. */
  readonly end: number;
}

export interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly bytes: number;
}

const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * `whole` where no range is asked for, where it is of another version (If-Range compares strongly; a date never fits),
 * or where it is written in a way a server may leave aside, such as several ranges at once.
 */
export function rangeOf({ range, ifRange, etag, bytes }: RangeRequest): ByteRange | 'whole' | 'unsatisfiable' {
  const [match, first, last] = ONE_RANGE.exec((range ?? '').trim().replaceAll(' ', '')) ?? [];
  if (match === undefined || (first === '' && last === '')) return 'whole';
  if (ifRange !== undefined && ifRange.trim() !== etag) return 'whole';
  if (first === '') {
    const count = Math.min(Number(last), bytes);
    return count === 0 ? 'unsatisfiable' : { start: bytes - count, end: bytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  // An end before the beginning makes the header invalid, and an invalid one is as none.
  if (last !== '' && Number(last) < start) return 'whole';
  return start >= bytes ? 'unsatisfiable' : { start, end };
}

/** Whether If-None-Match names the version; it compares weakly. */
export const isUnchanged = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.trim() === '*' || ifNoneMatch?.match(/"[^"]*"/g)?.some((tag) => tag === etag) === true;
