import { stripVTControlCharacters } from 'node:util';

const CONTROL = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Text from a server or a file, safe to print: names must not move the cursor, colour or reverse what follows. */
export const plainText = (text: string): string =>
  stripVTControlCharacters(text).replace(CONTROL, (character) =>
    character === '\n' ? '\n' : character === '\t' ? '  ' : '',
  );

/** The same on one line. */
export const plainLine = (text: string): string => plainText(text).replace(/\s+/g, ' ').trim();
