/** Who is in the portal: found by the session of their browser, and held to one tenant by two locks. */
import { fromWireId } from '@tenantry/contract';
import type { Ctx, PersonActor, Scope } from '../access/index.ts';
import type { Database } from '../db/index.ts';
import { loadRun, type RunRecord } from '../runbooks/index.ts';
import { notInPortal, signedOut } from './errors.ts';
import { hashOf } from './token.ts';

export interface Visitor {
  readonly sessionId: string;
  readonly linkId: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** The run the link was made from. */
  readonly runId: string;
  readonly expiresAt: Date;
  readonly actor: PersonActor;
}

/** A session nobody uses for so long is over. */
export const PORTAL_IDLE_MS = 7 * 24 * 60 * 60 * 1_000;
const SEEN_EVERY_MS = 5 * 60_000;

/** Of a client's person: their own client's runs, and within them the tenant of the link. */
const SCOPES: readonly Scope[] = ['runs:read', 'runs:write', 'tenants:read'];

interface Row {
  readonly id: string;
  readonly link_id: string;
  readonly tenant_id: string;
  readonly client_id: string;
  readonly run_id: string;
  readonly expires_at: Date;
  readonly last_seen_at: Date;
  readonly person_id: string;
  readonly name: string;
  readonly email: string;
  readonly development: boolean;
  readonly roles: readonly string[];
}

const FIND = {
  name: 'portal-find-visitor',
  text: `select s.id, s.link_id, s.tenant_id, l.client_id, l.run_id, s.expires_at, s.last_seen_at, p.id as person_id, p.name,
                p.email, p.development, l.roles
         from portal_sessions s join portal_links l on l.id = s.link_id join people p on p.id = l.person_id
         where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and s.last_seen_at > $3
           and l.revoked_at is null and l.expires_at > $2
           and p.disabled_at is null and p.party = 'client' and p.client_id = l.client_id`,
};

/** @throws portal.signed_out without a session that is good now */
export async function findVisitor(
  database: Database,
  token: string | undefined,
  now: Date,
  { seen = true }: { readonly seen?: boolean } = {},
): Promise<Visitor> {
  if (token === undefined) throw signedOut();
  const row = await database.transaction('operator', async (tx) => {
    const { rows } = await tx.query<Row>(FIND, [hashOf(token), now, new Date(now.getTime() - PORTAL_IDLE_MS)]);
    const found = rows[0];
    if (seen && found !== undefined && now.getTime() - found.last_seen_at.getTime() > SEEN_EVERY_MS) {
      await tx.query('update portal_sessions set last_seen_at = $2 where id = $1', [found.id, now]);
    }
    return found;
  });
  if (row === undefined) throw signedOut();
  return {
    sessionId: row.id,
    linkId: row.link_id,
    tenantId: row.tenant_id,
    clientId: row.client_id,
    runId: row.run_id,
    expiresAt: row.expires_at,
    actor: {
      kind: 'person',
      id: row.person_id,
      name: row.name,
      email: row.email,
      party: 'client',
      roles: row.roles,
      scopes: SCOPES,
      clientId: row.client_id,
      tenantId: row.tenant_id,
      development: row.development,
    },
  };
}

/** The id of a run, by whichever form it came in. @throws portal.not_found */
export function runIdIn(text: string): string {
  const id = fromWireId('run', text);
  if (id === undefined) throw notInPortal('task');
  return id;
}

/**
 * The first lock: PostgreSQL shows the application role no run of another tenant, so what follows never begins for one.
 *
 * @throws portal.not_found
 */
export async function assertOwnRun(database: Database, { tenantId }: Visitor, runId: string): Promise<void> {
  const { rowCount } = await database.tenantTransaction(tenantId, (tx) =>
    tx.query({ name: 'portal-own-run', text: 'select from runs where id = $1' }, [runId]),
  );
  if (rowCount === 0) throw notInPortal('task');
}

/** The second lock: what was loaded is compared with the tenant of the link. @throws portal.not_found */
export async function loadOwnRun(ctx: Ctx, { tenantId, clientId }: Visitor, runId: string): Promise<RunRecord> {
  const record = await loadRun(ctx.tx, runId);
  if (record.meta.tenantId === tenantId && record.meta.clientId === clientId) return record;
  throw notInPortal('task');
}
