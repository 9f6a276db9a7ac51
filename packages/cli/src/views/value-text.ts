import { plainLine } from '../terminal/plain-text.ts';

const KNOWN_AFTER_APPLY = '(known after apply)';

/** Any JSON value on one line, as people read it; markers for unknown and secret values in words. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return plainLine(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map(valueText).join(', ');
  const marker = markerText(value);
  if (marker !== undefined) return marker;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.length === 0
    ? 'nothing'
    : members.map(([name, member]) => `${plainLine(name)}: ${nested(member)}`).join(', ');
}

const nested = (value: unknown): string => {
  const text = valueText(value);
  return typeof value === 'object' && value !== null && markerText(value) === undefined && text !== 'nothing'
    ? `{ ${text} }`
    : text;
};

function markerText(value: object): string | undefined {
  if ('$unknown' in value)
    return 'text' in value && typeof value.text === 'string' ? plainLine(value.text) : KNOWN_AFTER_APPLY;
  if ('$secret' in value || '$secretTemplate' in value) return '(secret)';
  return undefined;
}
