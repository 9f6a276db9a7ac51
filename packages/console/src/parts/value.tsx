import type { ReactNode } from 'react';

/** Any JSON as text; one line where it is one. */
export const valueText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value, undefined, 2);

interface ValueProps {
  readonly of: unknown;
  /** What it is, for a screen reader; the box can be scrolled by keyboard. */
  readonly label: string;
}

export function Value({ of, label }: ValueProps): ReactNode {
  const text = valueText(of);
  if (text.length < 60 && !text.includes('\n')) return <code>{text}</code>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    <section className="value" tabIndex={0} aria-label={label}>
      {text}
    </section>
  );
}
