import type { MetricsSettings } from './metrics/push-figures.ts';
import { isUsableIssuer, type OidcSettings } from './oidc/provider.ts';
import type { CutlistOptions, GuardSettings } from './start.ts';

export interface CutlistConfig extends CutlistOptions {
  /** Makes sure that another workshop is there: for development installations. */
  readonly demo: boolean;
  /** Say where it is as one line of JSON, for the program that started it. */
  readonly announceJson: boolean;
}

const SELF_CHECK_KEY_MIN = 24;

/** Reads the environment, once. All faults are reported together. */
export function readConfig(): CutlistConfig {
  const faults: string[] = [];
  const required = (name: string): string => {
    const value = process.env[name];
    if (value === undefined || value === '') faults.push(`${name} is not set`);
    return value ?? '';
  };
  const port = (name: string, fallback: number): number => {
    const value = Number(process.env[name] ?? fallback);
    if (!Number.isInteger(value) || value < 0 || value > 65_535) faults.push(`${name} is not a port`);
    return value;
  };
  const ownerUrl = process.env.CUTLIST_OWNER_DATABASE_URL;
  const provisionerUrl = process.env.CUTLIST_PROVISIONER_DATABASE_URL;
  const demo = process.env.CUTLIST_DEMO === 'yes';
  if (demo && !provisionerUrl) faults.push('CUTLIST_DEMO needs CUTLIST_PROVISIONER_DATABASE_URL');
  const publicUrl = process.env.CUTLIST_PUBLIC_URL;
  const oidc = readOidc(faults);
  const metrics = readMetrics(faults);
  const selfCheckKey = process.env.CUTLIST_SELF_CHECK_KEY ?? '';
  if (selfCheckKey !== '' && selfCheckKey.length < SELF_CHECK_KEY_MIN) {
    faults.push(`CUTLIST_SELF_CHECK_KEY has fewer than ${SELF_CHECK_KEY_MIN} characters`);
  }
  const guard = readGuard(faults);
  const options: CutlistConfig = {
    appUrl: required('CUTLIST_DATABASE_URL'),
    ...(ownerUrl === undefined || ownerUrl === '' ? {} : { ownerUrl }),
    ...(provisionerUrl === undefined || provisionerUrl === '' ? {} : { provisionerUrl }),
    dataDir: process.env.CUTLIST_DATA_DIR ?? '.cutlist',
    httpsPort: port('CUTLIST_HTTPS_PORT', 8_443),
    httpPort: port('CUTLIST_HTTP_PORT', 8_080),
    host: process.env.CUTLIST_HOST ?? '127.0.0.1',
    log: process.env.CUTLIST_LOG !== 'off',
    ...(publicUrl === undefined || publicUrl === '' ? {} : { publicUrl: publicUrl.replace(/\/+$/, '') }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(selfCheckKey === '' ? {} : { selfCheckKey }),
    ...(guard === undefined ? {} : { guard }),
    demo,
    announceJson: process.env.CUTLIST_ANNOUNCE === 'json',
  };
  if (faults.length > 0) throw new Error(`The configuration has faults: ${faults.join('; ')}.`);
  return options;
}

/** Address and key, or neither. */
function readMetrics(faults: string[]): MetricsSettings | undefined {
  const url = process.env.CUTLIST_METRICS_URL ?? '';
  const key = process.env.CUTLIST_METRICS_KEY ?? '';
  const everyMs = Number(process.env.CUTLIST_METRICS_EVERY_MS ?? 60_000);
  if (url === '' && key === '') return undefined;
  if (!URL.canParse(url)) faults.push('CUTLIST_METRICS_URL is no address');
  if (key === '') faults.push('CUTLIST_METRICS_KEY is not set');
  if (!Number.isInteger(everyMs) || everyMs < 1_000 || everyMs > 3_600_000) {
    faults.push('CUTLIST_METRICS_EVERY_MS is not from 1000 to 3600000');
  }
  return { url: url.replace(/\/+$/, ''), key, everyMs };
}

/** Address and key, or neither. */
function readGuard(faults: string[]): GuardSettings | undefined {
  const url = process.env.CUTLIST_GUARD_URL ?? '';
  const key = process.env.CUTLIST_GUARD_KEY ?? '';
  if (url === '' && key === '') return undefined;
  if (!URL.canParse(url)) faults.push('CUTLIST_GUARD_URL is no address');
  if (key === '') faults.push('CUTLIST_GUARD_KEY is not set');
  return { url, key };
}

/** All three or none. */
function readOidc(faults: string[]): OidcSettings | undefined {
  const names = ['CUTLIST_OIDC_ISSUER', 'CUTLIST_OIDC_CLIENT_ID', 'CUTLIST_OIDC_CLIENT_SECRET'] as const;
  const [issuer = '', clientId = '', clientSecret = ''] = names.map((name) => process.env[name] ?? '');
  const missing = names.filter((name) => (process.env[name] ?? '') === '');
  if (missing.length === names.length) return undefined;
  for (const name of missing) faults.push(`${name} is not set`);
  if (issuer !== '' && !isUsableIssuer(issuer)) {
    faults.push('CUTLIST_OIDC_ISSUER is no https address (http is taken on a loopback address only)');
  }
  return { issuer, clientId, clientSecret };
}
