import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type pg from 'pg';
import { z } from 'zod';
import { type ActionContext, maybeSecret, revealText, type Secret, secret, secretsOf } from '../kit/index.ts';

/** Settings of a connection of kind `postgres`. */
export const postgresSettings = z
  .strictObject({
    /** `postgres://user:password@host:port/database`; a secret where it holds the password. */
    url: maybeSecret().optional(),
    host: z.string().min(1).optional(),
    port: z.int().min(1).max(65_535).default(5432),
    user: z.string().min(1).optional(),
    password: secret().optional(),
    database: z.string().min(1).optional(),
    /** Taken on at the start of every transaction, by SET LOCAL ROLE, so that it also holds behind a pooler. */
    role: z.string().min(1).optional(),
    /** Default: `verify`, except on loopback and on a Unix socket, where there is nobody in between. */
    tls: z.enum(['off', 'verify']).optional(),
    /** PEM file; then nothing but this authority is trusted. */
    ca_path: z.string().min(1).optional(),
    /** Table in which rows made by `postgres.row` are marked; see `marks.ts`. */
    marks: z.string().min(1).default('tenantry_marks'),
  })
  .refine(
    ({ url, host, user, database }) =>
      (url === undefined) === (host !== undefined && user !== undefined && database !== undefined),
    {
      error: 'expects either url, or host, user and database',
    },
  );

export type PostgresSettings = z.infer<typeof postgresSettings>;

/** The name a reader knows the server by; never the URL, which may hold the password. */
export interface PostgresTarget {
  readonly settings: PostgresSettings;
  readonly system: string;
  readonly secrets: readonly Secret[];
}

/** Opens the settings of the connection that a step names under `database`. */
export function targetOf(ctx: ActionContext, name: string): PostgresTarget {
  const settings = ctx.connection('postgres', name, postgresSettings);
  return { settings, system: `PostgreSQL "${name}"`, secrets: secretsOf(settings) };
}

/** What the driver is given. */
export function clientConfig(settings: PostgresSettings): pg.ClientConfig {
  const address =
    settings.url === undefined
      ? {
          host: settings.host,
          port: settings.port,
          user: settings.user,
          database: settings.database,
          password: settings.password?.reveal(),
        }
      : { connectionString: revealText(settings.url) };
  return { ...address, ...tlsConfig(settings), application_name: 'tenantry' };
}

function tlsConfig(settings: PostgresSettings): pg.ClientConfig {
  const host = settings.host ?? hostOf(settings.url);
  const mode = settings.tls ?? (isLocal(host) ? 'off' : 'verify');
  if (mode === 'off') return { ssl: false };
  return { ssl: settings.ca_path === undefined ? true : { ca: readFileSync(settings.ca_path, 'utf8') } };
}

const hostOf = (url: PostgresSettings['url']): string => (url === undefined ? '' : new URL(revealText(url)).hostname);

/** A Unix socket (a path, or no host) or this very machine. */
const isLocal = (host: string): boolean =>
  host === '' ||
  host.startsWith('/') ||
  host.startsWith('%2F') ||
  host === 'localhost' ||
  host === '[::1]' ||
  host === '::1' ||
  (isIP(host) === 4 && host.startsWith('127.'));
