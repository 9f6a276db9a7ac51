import type { PlatformRole } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';

/** Gives a person of the vendor a role everywhere, past the verbs: for tests about something else. */
export const giveRole = (database: Database, personId: string, role: PlatformRole): Promise<unknown> =>
  database.transaction('operator', (tx) =>
    tx.query(`insert into grants (person_id, role, source, at) values ($1, $2, 'setup', now())`, [personId, role]),
  );
