import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contrast, readableScheme } from './readable-color.ts';

const color = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
  .map((rgb) => `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`);

it('measures contrast as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
});

it('makes any colour readable, as text on the ground and under text of its own', () => {
  fc.assert(
    fc.property(color, (brand) => {
      for (const [ground, kind] of [
        ['#ffffff', 'light'],
        ['#12161c', 'dark'],
      ] as const) {
        const { press, onPress } = readableScheme(brand, ground, kind);
        expect(contrast(press, ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(press, onPress)).toBeGreaterThanOrEqual(4.5);
      }
    }),
  );
});

it('leaves a colour alone that can be read already', () => {
  expect(readableScheme('#1f4e79', '#ffffff', 'light').press).toBe('#1f4e79');
});
