import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { z } from 'zod';
import { type ActionContext, type Secret, secret, secretsOf } from '../kit/index.ts';

/** Settings of a connection of kind `smtp`. */
export const smtpSettings = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(587),
  /** TLS from the first byte. Default: on port 465. */
  secure: z.boolean().optional(),
  user: z.string().min(1).optional(),
  password: secret().optional(),
  /** `Name <address>` or an address. */
  from: z.string().min(3),
  /** Default: `required`, except on loopback, where nobody stands in between. */
  starttls: z.enum(['required', 'if_offered', 'off']).optional(),
  /** PEM file; then nothing but this authority is trusted. */
  ca_path: z.string().min(1).optional(),
  /** Folder of the development mailbox behind this address: it can be asked what arrived. */
  mailbox: z.string().min(1).optional(),
});

export type SmtpSettings = z.infer<typeof smtpSettings>;

export interface SmtpTarget {
  readonly settings: SmtpSettings;
  readonly system: string;
  readonly secrets: readonly Secret[];
}

export function targetOf(ctx: ActionContext, connection: string): SmtpTarget {
  const settings = ctx.connection('smtp', connection, smtpSettings);
  return { settings, system: `SMTP server ${settings.host}:${settings.port}`, secrets: secretsOf(settings) };
}

const CONNECT_MS = 10_000;
const IDLE_MS = 20_000;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** What the client is given. */
export function connectionOptions(settings: SmtpSettings): SMTPConnectionOptions {
  const starttls = settings.starttls ?? (isLoopback(settings.host) ? 'if_offered' : 'required');
  return {
    host: settings.host,
    port: settings.port,
    secure: settings.secure ?? settings.port === 465,
    requireTLS: starttls === 'required',
    ignoreTLS: starttls === 'off',
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: IDLE_MS,
    ...(settings.ca_path === undefined ? {} : { tls: { ca: readFileSync(settings.ca_path, 'utf8') } }),
  };
}
