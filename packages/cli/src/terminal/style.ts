type Paint = (text: string) => string;

/** How meaning is coloured. Without colours each gives its text unchanged, so words must carry the meaning too. */
export interface Style {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
  readonly accent: Paint;
}

const unchanged: Paint = (text) => text;

export const plainStyle: Style = {
  good: unchanged,
  bad: unchanged,
  warn: unchanged,
  faint: unchanged,
  strong: unchanged,
  accent: unchanged,
};

/** Select Graphic Rendition (ECMA-48): a code that starts and one that ends. */
const paint =
  (start: number, end: number): Paint =>
  (text) =>
    text === '' ? '' : `\u001b[${start}m${text}\u001b[${end}m`;

export const colorStyle: Style = {
  good: paint(32, 39),
  bad: paint(31, 39),
  warn: paint(33, 39),
  faint: paint(2, 22),
  strong: paint(1, 22),
  accent: paint(36, 39),
};
