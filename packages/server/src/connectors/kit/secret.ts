import { z } from 'zod';

const REDACTED = '[redacted]';

/**
 * A secret value that prints as `[redacted]` wherever it lands by accident: string conversion, JSON,
 * `console.log`, template text. Only `reveal()` gives the text, so every use can be found by its name (CH-37).
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** A vault reference: what stands for a secret in outputs, evidence, events and jobs. */
export interface SecretRef {
  readonly $secret: string;
}

export const isSecretRef = (value: unknown): value is SecretRef =>
  typeof value === 'object' && value !== null && '$secret' in value && typeof value.$secret === 'string';

/** Text around secrets, joined only inside the connector: `["Bearer ", { $secret: … }]`. */
export interface SecretTemplate {
  readonly $secretTemplate: readonly (string | SecretRef)[];
}

export const isSecretTemplate = (value: unknown): value is SecretTemplate =>
  typeof value === 'object' && value !== null && '$secretTemplate' in value && Array.isArray(value.$secretTemplate);

/** Schema of a secret field of an action's input or output; `x-secret` in the generated JSON Schema. */
export const secret = (): z.ZodType<Secret> =>
  z
    .custom<Secret>((value) => value instanceof Secret, 'expects a secret: a vault reference, not text')
    .meta({ 'x-secret': true });

/** Schema of a field that may hold plain text or a secret, such as a header value. */
export const maybeSecret = (): z.ZodType<string | Secret> => z.union([z.string(), secret()]);

export const revealText = (value: string | Secret): string => (typeof value === 'string' ? value : value.reveal());
