import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Fault, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { Secret } from './connectors/kit/index.ts';
import { operatorFaults, operatorSettings } from './operator-settings.ts';

const ENV_PREFIX = 'TENANTRY_';
const VAULT_KEY_BYTES = 32;

/** One key of the vault's ring. `key` is 32 bytes in base64. */
export interface VaultKey {
  readonly id: string;
  readonly key: Secret;
}

const wholeNumber = (min: number, max: number) =>
  z.coerce.number(`expects a whole number from ${min} to ${max}`).int().min(min).max(max);

const urlText = (schemes: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), {
    error: `expects an address that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const secretUrl = (schemes: readonly string[]) => urlText(schemes).transform((text) => new Secret(text));

const vaultKeys = z.string().transform((text, context): readonly VaultKey[] => {
  const keys = text.split(',').map((part) => part.trim());
  const pairs = keys.map((part) => /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(part));
  const ids = new Set<string>();
  return pairs.flatMap((pair, index) => {
    const [, id = '', key = ''] = pair ?? [];
    // The text of a key must not stand in a message, so keys are named by their place.
    const fault =
      pair === null || Buffer.from(key, 'base64').length !== VAULT_KEY_BYTES
        ? `key ${index + 1} is not id:base64 of ${VAULT_KEY_BYTES} bytes`
        : ids.has(id)
          ? `two keys have the id ${id}`
          : undefined;
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    ids.add(id);
    return [{ id, key: new Secret(key) }];
  });
});

/** Every setting, with the words of the reference page. `description` is Markdown. */
export const configSchema = z.strictObject({
  mode: z
    .enum(['development', 'production', 'test'])
    .default('production')
    .describe('`development` allows development identities, the local mailbox and generated keys; else `production`.'),
  dataDir: z
    .string()
    .min(1)
    .default('.tenantry')
    .transform((path) => resolve(path))
    .describe('Folder of the embedded PostgreSQL, the local mailbox and generated development keys.'),
  databaseUrl: secretUrl(['postgres', 'postgresql'])
    .optional()
    .describe('Your own PostgreSQL 15 or later. Without it the embedded one is started in the data folder.'),
  listenUrl: secretUrl(['postgres', 'postgresql'])
    .optional()
    .describe(
      'A session-mode address of the same database, for LISTEN, when the database URL is a transaction pooler.',
    ),
  host: z.string().min(1).default('127.0.0.1').describe('Address the HTTP server listens on.'),
  port: wholeNumber(0, 65_535).default(7400).describe('Port the HTTP server listens on; 0 takes a free one.'),
  publicUrl: urlText(['http', 'https'])
    .transform((text) => text.replace(/\/+$/, ''))
    .optional()
    .describe('Where people and systems reach this server; stands in links and webhooks. Default: host and port.'),
  trustProxy: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .optional()
    .describe(
      'Addresses or CIDR ranges of reverse proxies whose `X-Forwarded-*` headers are believed, comma-separated.',
    ),
  backupDir: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder backups are written to. Default: `backups` in the data folder. Every process needs the same one.',
    ),
  backupKeysDir: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Folder of the one copy of the vault's data keys, which no backup holds. Default: `keys` in the backup folder; elsewhere is better.",
    ),
  backupSelf: z
    .enum(['off', 'daily', 'weekly'])
    .optional()
    .describe('How often the control plane backs itself up. Default: `daily`, and `off` in development.'),
  exportDirectRowsMax: wholeNumber(0, 10_000_000)
    .default(50_000)
    .describe('Exports of tenants with more rows are written by a worker and downloaded when they are ready.'),
  exportDirectBytesMax: wholeNumber(0, 10_000_000_000)
    .default(33_554_432)
    .describe('The same for bytes in the database.'),
  exportKeepHours: wholeNumber(1, 2_160)
    .default(168)
    .describe('Hours that an export is kept for its download, in `exports` of the backup folder.'),
  pgToolsDir: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of `pg_dump`, `pg_restore` and `psql`, at least as new as the servers: then whole databases are saved with them.',
    ),
  vaultKeys: vaultKeys
    .optional()
    .describe('Keys of the vault, `id:base64` of 32 bytes, comma-separated. The first seals, all open.'),
  logLevel: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('What is logged, as JSON lines.'),
  workerConcurrency: wholeNumber(1, 100).default(8).describe('Steps that one worker process runs at once.'),
  leaseMs: wholeNumber(100, 600_000)
    .default(5_000)
    .describe('Milliseconds without a heartbeat after which the work of a dead worker goes to another.'),
  bodyLimitBytes: wholeNumber(1_024, 104_857_600).default(1_048_576).describe('Largest request body.'),
  rateLimitPerMinute: wholeNumber(1, 1_000_000)
    .default(600)
    .describe('Requests a minute for each key, and for each address on routes that need no key, in each process.'),
  smtpUrl: secretUrl(['smtp', 'smtps'])
    .optional()
    .describe('Mail server, `smtp://user:password@host:587`. Without it development uses the local mailbox.'),
  smtpFrom: z.email().optional().describe('Sender of mail that no client sets a sender for.'),
  metricsToken: z
    .string()
    .min(16)
    .transform((text) => new Secret(text))
    .optional()
    .describe(
      'What Prometheus shows to read `/metrics`. Without it only a development installation answers, to itself.',
    ),
  metricsPort: wholeNumber(0, 65_535)
    .optional()
    .describe('Port on which a process that serves no API, such as `tenantry worker`, answers `/metrics`.'),
  metricsTenantsMax: wholeNumber(0, 2_000)
    .default(200)
    .describe('How many tenants `/metrics` shows with their own figures, the newest first; the rest are counted.'),
  metricsKeepDays: wholeNumber(1, 400).default(14).describe('Days that figures reported of tenants are kept.'),
  ...operatorSettings,
  killPoint: z
    .string()
    .min(1)
    .optional()
    .describe('For the crash suite only: the named point at which this process kills itself. Refused in production.'),
});

type Settings = z.output<typeof configSchema>;
type SettingName = keyof Settings;

/** Read once at start, frozen, passed down. `publicUrl` has no slash at its end. */
export type Config = Readonly<
  Omit<Settings, 'publicUrl' | 'vaultKeys' | 'backupDir' | 'backupKeysDir' | 'backupSelf'>
> & {
  readonly publicUrl: string;
  readonly backupDir: string;
  readonly backupKeysDir: string;
  readonly backupSelf: 'off' | 'daily' | 'weekly';
  /** Empty when none is configured: the vault decides whether that is allowed. */
  readonly vaultKeys: readonly VaultKey[];
};

/** What the command line sets; wins over the environment. */
export type ConfigOverrides = Partial<Readonly<Record<SettingName, string | number>>>;

/** Settings that hold a secret: the environment may name a file instead (`…_FILE`). */
const SECRET_SETTINGS: ReadonlySet<SettingName> = new Set([
  'databaseUrl',
  'listenUrl',
  'vaultKeys',
  'smtpUrl',
  'metricsToken',
  'operatorOidcClientSecret',
]);
const SETTING_NAMES = Object.keys(configSchema.shape) as SettingName[];

const envName = (name: SettingName): string =>
  ENV_PREFIX + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/**
 * The configuration from the environment and the command line, in that order.
 *
 * @throws config.invalid with every fault there is, not only the first
 */
export function readConfig(
  overrides: ConfigOverrides = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const faults: Fault[] = [];
  const given: Record<string, string | number> = {};
  for (const name of SETTING_NAMES) {
    const value = overrides[name] ?? fromEnvironment(name, env, faults);
    if (value !== undefined) given[name] = value;
  }
  if (given.mode === 'test' && overrides.mode === undefined) {
    faults.push({ path: envName('mode'), message: 'expects development or production' });
  }
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => faultOf(issue, overrides)));
  if (given.killPoint !== undefined && parsed.data?.mode === 'production') {
    faults.push({ path: envName('killPoint'), message: 'is refused in production', fix: 'Unset it.' });
  }
  if (parsed.success) faults.push(...operatorFaults(parsed.data, envName));
  if (!parsed.success || faults.length > 0) throw invalid(faults);
  return freeze(parsed.data);
}

function fromEnvironment(
  name: SettingName,
  env: Readonly<Record<string, string | undefined>>,
  faults: Fault[],
): string | undefined {
  const variable = envName(name);
  // An empty variable is how compose files and shells spell "not set".
  const value = env[variable] || undefined;
  const path = SECRET_SETTINGS.has(name) ? env[`${variable}_FILE`] || undefined : undefined;
  if (path === undefined) return value;
  if (value !== undefined) {
    faults.push({ path: variable, message: `is set together with ${variable}_FILE`, fix: 'Unset one of the two.' });
    return undefined;
  }
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    faults.push({ path: `${variable}_FILE`, message: `names the file ${path}, which cannot be read (${reason})` });
    return undefined;
  }
}

const faultOf = (issue: z.core.$ZodIssue, overrides: ConfigOverrides): Fault => {
  const name = SETTING_NAMES.find((candidate) => candidate === issue.path[0]);
  if (name === undefined) return { path: issue.path.join('.'), message: issue.message };
  return { path: overrides[name] === undefined ? envName(name) : name, message: issue.message };
};

const invalid = (faults: readonly Fault[]): TenantryError =>
  new TenantryError(
    'config.invalid',
    `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}: ${faults
      .map((fault) => `${fault.path} ${fault.message}`)
      .join('; ')}.`,
    { faults, next: 'Correct the settings named in the faults and start again.' },
  );

function freeze(settings: Settings): Config {
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host;
  const literal = host.includes(':') ? `[${host}]` : host;
  const backupDir = resolve(settings.backupDir ?? join(settings.dataDir, 'backups'));
  return Object.freeze({
    ...settings,
    backupDir,
    backupKeysDir: resolve(settings.backupKeysDir ?? join(backupDir, 'keys')),
    backupSelf: settings.backupSelf ?? (settings.mode === 'production' ? 'daily' : 'off'),
    publicUrl: settings.publicUrl ?? `http://${literal}:${settings.port}`,
    vaultKeys: Object.freeze([...(settings.vaultKeys ?? [])]),
  });
}

/** The page docs/reference/configuration.md, generated from the schema. */
export function configReference(): string {
  const defaults: Readonly<Record<string, unknown>> = { ...configSchema.parse({}), dataDir: '.tenantry' };
  const rows = SETTING_NAMES.map((name) => {
    const variable = `\`${envName(name)}\`${SECRET_SETTINGS.has(name) ? ' (or `_FILE`)' : ''}`;
    const fallback = defaults[name] === undefined ? '' : `\`${String(defaults[name])}\``;
    return `| ${variable} | ${fallback} | ${configSchema.shape[name].description ?? ''} |`;
  });
  return [
    '# Configuration',
    '',
    'Settings are read once at start, from the environment and from options of the command, which win. All faults are',
    'reported together. An empty variable counts as unset. Where `_FILE` is named, the variable with that ending may give',
    'the path of a file that holds the value.',
    '',
    '| Variable | Default | Meaning |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
