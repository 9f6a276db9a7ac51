/** Whom a key or a session stands for, and what they hold at this moment: one statement each. */
import {
  type ActorGrant,
  CLIENT_SCOPES,
  isPlatformRole,
  isScope,
  type PersonActor,
  SCOPES,
  type Scope,
  scopesOfRoles,
} from '../access/index.ts';
import type { Database, Tx } from '../db/index.ts';

export interface Holder {
  readonly actor: PersonActor;
  /** The row whose last use is written down. */
  readonly use: { readonly kind: 'key' | 'session'; readonly id: string };
  readonly expiresAt: Date | null;
  /** Of a session: when it was last used, as far as it is written. */
  readonly lastSeenAt?: Date;
}

/** A session that nobody uses for so long is over (CH-10). */
export const SESSION_IDLE_MS = 30 * 60_000;
/** No session lasts longer, however much it is used (CH-10). */
export const SESSION_MAX_MS = 12 * 60 * 60_000;

interface Row {
  readonly use_id: string;
  /** Null for a session: it carries all its person may do. */
  readonly scopes: readonly string[] | null;
  readonly expires_at: Date | null;
  readonly last_seen_at: Date | null;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly party: 'vendor' | 'client';
  readonly roles: readonly string[];
  readonly client_id: string | null;
  readonly development: boolean;
  readonly grants: readonly {
    readonly role: string;
    readonly product: string | null;
    readonly client: string | null;
  }[];
  readonly supports: readonly string[];
}

const PERSON = `person.id, person.name, person.email, person.party, person.roles, person.client_id, person.development,
  coalesce((select json_agg(json_build_object('role', g.role, 'product', g.product_id, 'client', g.client_id))
            from grants g where g.person_id = person.id and (g.expires_at is null or g.expires_at > $2)), '[]') as grants,
  array(select s.tenant_id::text from support_access s
        where s.person_id = person.id and s.ended_at is null and s.from_at <= $2 and s.until_at > $2) as supports`;

const FIND_KEY = {
  name: 'people-find-key-holder',
  text: `select key.id as use_id, key.scopes, key.expires_at, null as last_seen_at, ${PERSON}
         from api_keys key join people person on person.id = key.person_id
         where key.key_hash = $1 and key.revoked_at is null and person.disabled_at is null`,
};

const FIND_SESSION = {
  name: 'people-find-session-holder',
  text: `select session.id as use_id, null as scopes, session.expires_at, session.last_seen_at, ${PERSON}
         from operator_sessions session join people person on person.id = session.person_id
         where session.token_hash = $1 and session.ended_at is null and person.disabled_at is null`,
};

export async function findHolder(
  database: Database,
  kind: 'key' | 'session',
  hash: Buffer,
  now: Date,
): Promise<Holder | undefined> {
  const statement = kind === 'key' ? FIND_KEY : FIND_SESSION;
  const { rows } = await database.transaction('operator', (tx) => tx.query<Row>(statement, [hash, now]));
  const row = rows[0];
  return row === undefined
    ? undefined
    : {
        actor: actorOf(row, kind),
        use: { kind, id: row.use_id },
        expiresAt: row.expires_at,
        ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
      };
}

function actorOf(row: Row, kind: 'key' | 'session'): PersonActor {
  const grants = row.grants.flatMap(({ role, product, client }): ActorGrant[] =>
    isPlatformRole(role) ? [{ role, productId: product, clientId: client }] : [],
  );
  const ceiling = row.party === 'client' ? CLIENT_SCOPES : scopesOfRoles(grants.map(({ role }) => role));
  return {
    kind: 'person',
    id: row.id,
    name: row.name,
    email: row.email,
    party: row.party,
    roles: row.roles,
    scopes: within(row.scopes ?? SCOPES, ceiling),
    grants,
    supports: row.supports,
    ...(kind === 'key' ? { keyId: row.use_id } : { sessionId: row.use_id }),
    ...(row.client_id === null ? {} : { clientId: row.client_id }),
    development: row.development,
  };
}

/** A scope this release does not know grants nothing, and a key shrinks with its person's grants. */
const within = (asked: readonly string[], ceiling: readonly Scope[]): readonly Scope[] =>
  asked.filter(isScope).filter((scope) => ceiling.includes(scope));

interface CeilingRow {
  readonly role: string;
}

/** The most a key of this person may carry now. */
export async function ceilingOf(
  tx: Tx,
  person: { readonly id: string; readonly party: 'vendor' | 'client' },
  now: Date,
): Promise<readonly Scope[]> {
  if (person.party === 'client') return CLIENT_SCOPES;
  const { rows } = await tx.query<CeilingRow>(
    'select distinct role from grants where person_id = $1 and (expires_at is null or expires_at > $2)',
    [person.id, now],
  );
  return scopesOfRoles(rows.flatMap(({ role }) => (isPlatformRole(role) ? [role] : [])));
}

const RECORD_KEY_USES = {
  name: 'people-record-key-uses',
  text: `update api_keys set last_used_at = used.at
         from unnest($1::uuid[], $2::timestamptz[]) as used (id, at)
         where api_keys.id = used.id and (last_used_at is null or last_used_at < used.at)`,
};

const RECORD_SESSION_USES = {
  name: 'people-record-session-uses',
  text: `update operator_sessions set last_seen_at = used.at
         from unnest($1::uuid[], $2::timestamptz[]) as used (id, at)
         where operator_sessions.id = used.id and last_seen_at < used.at`,
};

export interface Use {
  readonly kind: 'key' | 'session';
  readonly id: string;
  readonly at: Date;
}

/** Writes when keys and sessions were last used; always in one order, so that two processes do not wait crosswise. */
export async function recordUses(database: Database, uses: readonly Use[]): Promise<void> {
  if (uses.length === 0) return;
  const sorted = uses.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const write = async (tx: Tx, kind: Use['kind'], statement: typeof RECORD_KEY_USES): Promise<void> => {
    const of = sorted.filter((use) => use.kind === kind);
    if (of.length > 0) await tx.query(statement, [of.map(({ id }) => id), of.map(({ at }) => at)]);
  };
  await database.transaction('operator', async (tx) => {
    await write(tx, 'key', RECORD_KEY_USES);
    await write(tx, 'session', RECORD_SESSION_USES);
  });
}
