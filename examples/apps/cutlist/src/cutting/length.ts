/** Units a workshop may work in. Everything is stored and exchanged in millimetres; inches are for the eye. */
export type Unit = 'mm' | 'in';

const UM_PER_MM = 1_000;
const MM_PER_INCH = 25.4;

export const toUm = (mm: number): number => Math.round(mm * UM_PER_MM);
export const toMm = (um: number): number => um / UM_PER_MM;

/** As shown in a form or table: no trailing zeros, `1219.2` or `48`. */
export function formatLength(mm: number, unit: Unit): string {
  const places = unit === 'in' ? 4 : 3;
  return String(Number((unit === 'in' ? mm / MM_PER_INCH : mm).toFixed(places)));
}

/** What a person typed, in millimetres; undefined unless it is a plain decimal number. A comma may be the point. */
export function readLength(text: string, unit: Unit): number | undefined {
  const plain = text.trim().replace(',', '.');
  if (!/^\d+(\.\d+)?$/.test(plain)) return undefined;
  return toMm(toUm(Number(plain) * (unit === 'in' ? MM_PER_INCH : 1)));
}
