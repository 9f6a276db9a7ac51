/** A brand's colour as text and buttons can use it: WCAG 2.2, 1.4.3 asks for 4.5 to 1. */

const CONTRAST_MIN = 4.5;
const STEP = 0.04;

type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

export interface Scheme {
  /** Ground of buttons and colour of links. */
  readonly press: string;
  readonly onPress: string;
}

const read = (color: string): Rgb => {
  const digits = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (digits === null) throw new RangeError(`${color} is no colour of the form #rrggbb`);
  return [1, 2, 3].map((place) => Number.parseInt(digits[place] ?? '', 16)) as unknown as Rgb;
};

const write = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(read(one)), luminance(read(other))].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const mix = (rgb: Rgb, target: Rgb, share: number): Rgb =>
  rgb.map((part, index) => part + ((target[index] ?? 0) - part) * share) as unknown as Rgb;

/** The colour, moved towards black (on light ground) or white (on dark) only as far as it must be. */
export function readableScheme(color: string, ground: string, kind: 'light' | 'dark'): Scheme {
  const rgb = read(color);
  const target = kind === 'light' ? BLACK : WHITE;
  const onPress = kind === 'light' ? '#ffffff' : ground;
  for (let share = 0; share < 1; share += STEP) {
    const press = write(mix(rgb, target, share));
    if (contrast(press, ground) >= CONTRAST_MIN && contrast(press, onPress) >= CONTRAST_MIN) return { press, onPress };
  }
  return { press: write(target), onPress };
}
