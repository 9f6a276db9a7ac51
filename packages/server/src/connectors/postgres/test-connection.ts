import type { ConnectionTest } from '../kit/index.ts';
import { connectPostgres, postgresFault } from './connect.ts';
import { targetOf } from './settings.ts';

interface Row {
  readonly version: string;
  readonly role: string;
  readonly database: string;
}

/** Connects, takes on the role, and reads who it is there. */
export const postgresTest: ConnectionTest = {
  kind: 'postgres',
  run: async (ctx, name) => {
    const target = targetOf(ctx, name);
    const client = await connectPostgres(target, ctx.signal);
    try {
      const { rows } = await client.query<Row>(
        `select current_setting('server_version') as version, current_user as role, current_database() as database`,
      );
      const { version = '', role = '', database = '' } = rows[0] ?? {};
      return { found: `PostgreSQL ${version}, database "${database}" as "${role}".`, simulated: false };
    } catch (error) {
      throw postgresFault(target, error, ctx.signal);
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};
