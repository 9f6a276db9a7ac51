import { describe, expect, it } from 'vitest';
import { CATALOGUES, languageOfBrowser, speak } from './speak.ts';

const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();

describe('the catalogues of the portal', () => {
  it('have the same keys and the same places in every language, and no text is empty', () => {
    const { en, pt } = CATALOGUES;
    expect(Object.keys(pt).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      const other = pt[key as keyof typeof en];
      expect(places(other), key).toEqual(places(text));
      expect(other.trim(), key).not.toBe('');
    }
  });

  it('are not each other: nothing was left untranslated by accident', () => {
    const same = Object.entries(CATALOGUES.en).filter(([key, text]) => CATALOGUES.pt[key as 'page.menu'] === text);
    expect(same.map(([key]) => key).sort()).toEqual(['file.kept', 'sign.hash', 'signatures.by']);
  });

  it('are spoken with dates and sizes of the language', () => {
    expect(speak('pt').say('progress.done', { done: 1, of: 3 })).toBe('1 de 3 partes feitas');
    expect(speak('en').size(2_500_000)).toBe('2.5 MB');
    expect(speak('pt').size(2_500_000)).toBe('2,5 MB');
    expect(languageOfBrowser('pt-BR')).toBe('pt');
    expect(languageOfBrowser('pts')).toBe('en');
  });
});
