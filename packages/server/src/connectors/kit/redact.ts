import { Secret } from './secret.ts';

const MARK = '[redacted]';

/** The shapes in which a secret comes back from another system: as it is, in JSON, in a URL, in Basic auth. */
const shapesOf = (text: string): string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  encodeURIComponent(text),
  Buffer.from(text).toString('base64'),
];

/** Replaces every secret of `secrets` in `text`, whichever way it is encoded (SECV-08). */
export function redactText(text: string, secrets: readonly Secret[]): string {
  return secrets
    .map((secret) => secret.reveal())
    .filter((value) => value !== '')
    .flatMap(shapesOf)
    .sort((a, b) => b.length - a.length)
    .reduce((redacted, shape) => redacted.replaceAll(shape, MARK), text);
}

/** The same for every text inside plain JSON, names of members included. */
export function redactValue(value: unknown, secrets: readonly Secret[]): unknown {
  if (secrets.length === 0) return value;
  if (typeof value === 'string') return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [redactText(key, secrets), redactValue(member, secrets)]),
  );
}

/** Every secret anywhere inside a value, such as the settings of a connection. */
export function secretsOf(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value];
  if (Array.isArray(value)) return value.flatMap(secretsOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(secretsOf);
  return [];
}
