import type { Database } from '../../packages/server/src/db/index.ts';
import { openTelemetry } from '../../packages/server/src/telemetry/index.ts';

/** Every metric there is, whether or not it has a value yet. */
export async function exposedMetrics(): Promise<ReadonlySet<string>> {
  const database: Database = {
    connection: { url: 'postgres://nowhere.invalid/none' },
    transaction: () => Promise.reject(new Error('away')),
    tenantTransaction: () => Promise.reject(new Error('away')),
    stats: () => ({}),
    close: async () => undefined,
  };
  const readTenants = async () => ({ shown: [], omitted: 0 });
  const { text } = await openTelemetry({ version: 'test', database, now: () => new Date(), readTenants }).scrape();
  return new Set([...text.matchAll(/^# HELP (\S+)/gm)].map(([, name = '']) => name));
}

/** Names in these expressions that the server does not tell; the parts of a histogram stand for it. */
export function unknownMetrics(expressions: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return metricsIn(expressions).filter(
    (name) => !known.has(name) && !known.has(name.replace(/_(?:bucket|count|sum)$/, '')),
  );
}

export const metricsIn = (expressions: readonly string[]): readonly string[] =>
  expressions.flatMap((expr) => expr.match(/\b(?:tenantry|nodejs|process)_\w+/g) ?? []);
