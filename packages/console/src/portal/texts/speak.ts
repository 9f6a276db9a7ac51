import { en, type TextKey } from './en.ts';
import { pt } from './pt.ts';

export type Language = 'en' | 'pt';
export const CATALOGUES: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, pt };

/** One language: its texts, filled in, and its dates, in the zone of whoever reads. */
export interface Speech {
  readonly language: Language;
  say(key: TextKey, places?: Readonly<Record<string, string | number>>): string;
  date(iso: string): string;
  time(iso: string): string;
  number(value: number): string;
  size(bytes: number): string;
}

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', pt: 'pt-PT' };

export function speak(language: Language): Speech {
  const locale = LOCALES[language];
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return {
    language,
    say: (key, places = {}) =>
      CATALOGUES[language][key].replaceAll(/\{(\w+)\}/g, (place, name: string) => String(places[name] ?? place)),
    // A day without a time is that day everywhere.
    date: (iso) => date.format(new Date(iso.length === 10 ? `${iso}T12:00:00` : iso)),
    time: (iso) => time.format(new Date(iso)),
    number: (value) => number.format(value),
    size: (bytes) =>
      bytes < 1_000_000
        ? `${number.format(bytes === 0 ? 0 : Math.max(1, bytes / 1_000))} kB`
        : bytes < 1_000_000_000
          ? `${number.format(bytes / 1_000_000)} MB`
          : `${number.format(bytes / 1_000_000_000)} GB`,
  };
}

/** Before anybody has told who they are: what the browser asks for. */
export const languageOfBrowser = (wanted: string): Language => (/^pt\b/i.test(wanted) ? 'pt' : 'en');
