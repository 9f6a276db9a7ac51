import type { Act } from '../act.ts';

/** A system of the client that takes cut lists: an order system, a saw. */
export interface Integration {
  readonly name: string;
  /** What cut lists are posted to. */
  readonly url: string;
}

export async function listIntegrations({ db }: Act): Promise<readonly Integration[]> {
  const { rows } = await db.query<{ integrations: readonly Integration[] }>('select integrations from settings');
  return rows[0]?.integrations ?? [];
}
