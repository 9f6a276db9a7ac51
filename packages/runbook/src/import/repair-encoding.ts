/**
 * Text that was UTF-8, was read as Windows-1252 (or its Turkish sibling 1254) and saved again: `â€”` for a dash. A
 * sequence is repaired only where it decodes to exactly one printable character; everything else is left as it is.
 */

/** Where the two code pages differ from Latin-1, as far as UTF-8 bytes can meet them. */
const BYTES = new Map<string, number>(
  [...'€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'].map((character, index) => [character, 0x80 + index]),
);
BYTES.set('ğ', 0xf0);

const byteOf = (character: string): number | undefined => {
  const code = character.codePointAt(0) ?? 0;
  return BYTES.get(character) ?? (code >= 0xa0 && code <= 0xff ? code : undefined);
};

const TAIL = `[\\u0080-\\u00bf${[...BYTES.keys()].filter((character) => character !== 'ğ').join('')}]`;
/** Leads of two bytes are limited to the ones that stand for Latin-1: `É»` is a French word before a quotation mark. */
const SEQUENCE = new RegExp(`[ÂÃ]${TAIL}|[à-ï]${TAIL}{2}|[ðğñòóô]${TAIL}{3}`, 'gu');
const SUSPECT = /[âðğ][€‚„…†‡ˆ‰‹Œ‘’“”•–—˜™›œŸ]/gu;

export interface RepairedText {
  readonly text: string;
  /** Characters restored. */
  readonly repaired: number;
  /** Places that look damaged and could be more than one character. */
  readonly suspect: number;
}

export function repairEncoding(source: string): RepairedText {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let repaired = 0;
  const text = source.replace(SEQUENCE, (sequence) => {
    const bytes = [...sequence].map((character) => byteOf(character) ?? 0);
    try {
      const decoded = decoder.decode(Uint8Array.from(bytes));
      if (/^[\p{L}\p{N}\p{P}\p{S}\p{M}\p{Zs}\u200b-\u200d]$/u.test(decoded)) {
        repaired += 1;
        return decoded;
      }
    } catch {
      // Not UTF-8 after all: the characters are what they seem.
    }
    return sequence;
  });
  return { text, repaired, suspect: text.match(SUSPECT)?.length ?? 0 };
}
