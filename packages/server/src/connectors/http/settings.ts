import { z } from 'zod';
import { type ActionContext, maybeSecret, type Secret, secretsOf } from '../kit/index.ts';

/** Settings of a connection of kind `http`. */
export const httpSettings = z.strictObject({
  /** Paths in a step are taken from here, and only this origin is sent the headers. */
  base_url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), maybeSecret()).default({}),
  /** Signs calls with a body as Standard Webhooks does: base64 of 24 to 64 bytes, with or without `whsec_`. */
  signing_secret: maybeSecret().optional(),
  /** PEM file; then nothing but this authority is trusted. */
  ca_path: z.string().min(1).optional(),
  /** Loopback and private addresses too: for systems in one's own network. Link-local ones never. */
  allow_private: z.boolean().default(false),
});

export type HttpSettings = z.infer<typeof httpSettings>;

export interface HttpTarget {
  readonly settings: HttpSettings | undefined;
  readonly secrets: readonly Secret[];
}

/** Without a connection: public addresses, the system's authorities, no headers. */
export function targetOf(ctx: ActionContext, connection: string | undefined): HttpTarget {
  if (connection === undefined) return { settings: undefined, secrets: [] };
  const settings = ctx.connection('http', connection, httpSettings);
  return { settings, secrets: secretsOf(settings) };
}
