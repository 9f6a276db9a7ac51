/** The difference of two texts, line by line: what was taken away, what was added, with some lines around. Pure. */
export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
  /** Line number in the text it stands in: the newer, except for what is gone. */
  readonly line: number;
}

/** Past this many lines that differ, a table of all pairs would not fit a browser's memory. */
const CELLS_MAX = 25_000_000;

export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  return [
    ...a.slice(0, start).map((text, index): DiffLine => ({ kind: 'same', text, line: index + 1 })),
    ...middle(a.slice(start, endA), b.slice(start, endB), start),
    ...b.slice(endB).map((text, index): DiffLine => ({ kind: 'same', text, line: endB + index + 1 })),
  ];
}

/** By the longest common subsequence. */
function middle(a: readonly string[], b: readonly string[], offset: number): readonly DiffLine[] {
  const width = b.length + 1;
  const gone = a.map((text, index): DiffLine => ({ kind: 'gone', text, line: offset + index + 1 }));
  const fresh = b.map((text, index): DiffLine => ({ kind: 'new', text, line: offset + index + 1 }));
  if (a.length * b.length > CELLS_MAX) return [...gone, ...fresh];
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: b[j] ?? '', line: offset + j + 1 });
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone[i] as DiffLine);
      i += 1;
    } else {
      lines.push(fresh[j] as DiffLine);
      j += 1;
    }
  }
  return lines;
}

/** Only what differs, with `around` lines before and after; an undefined stands for what is left out. */
export function withContext(lines: readonly DiffLine[], around: number): readonly (DiffLine | undefined)[] {
  const near = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'),
  );
  return lines.flatMap((line, index) => {
    if (near[index] === true) return [line];
    return index === 0 || near[index - 1] === true ? [undefined] : [];
  });
}
