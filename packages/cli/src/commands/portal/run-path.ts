import type { Client } from '../../client.ts';
import { findRun } from '../../find-run.ts';

/** `/api/v1/runs/RUN/REST` of the run that is meant: everything of a portal hangs on a run of its tenant. */
export const runPath = async (client: Client, reference: string, rest: string): Promise<string> =>
  `/api/v1/runs/${await findRun(client, reference)}/${rest}`;

/** How commands of the portal name a run. */
export const RUN_ARGUMENT = 'run id or its beginning, tenant slug, or latest';
