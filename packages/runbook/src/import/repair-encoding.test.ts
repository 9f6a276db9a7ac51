import { describe, expect, it } from 'vitest';
import { repairEncoding } from './repair-encoding.ts';

describe('text that was read in the wrong encoding', () => {
  it.each([
    ['a â€” b', 'a — b', 1],
    ['goâ€‘live', 'go‑live', 1],
    ['itâ€™s', 'it’s', 1],
    ['MÃ¼ller', 'Müller', 1],
    ['ðŸ”´ and ğŸŸ¡', '🔴 and 🟡', 2],
    ['â”€â”€â–¶', '──▶', 3],
  ])('%s is restored', (damaged, whole, repaired) => {
    expect(repairEncoding(damaged)).toMatchObject({ text: whole, repaired });
  });

  it.each(['CAFÉ» said', 'château', 'não', 'ĞÂ', '100 € – 200 €', 'plain', '日本 🎈'])(
    '%s is left as it is',
    (text) => {
      expect(repairEncoding(text)).toMatchObject({ text, repaired: 0 });
    },
  );

  it('counts what looks damaged and has more than one reading', () => {
    expect(repairEncoding('âŒ')).toEqual({ text: 'âŒ', repaired: 0, suspect: 1 });
  });
});
