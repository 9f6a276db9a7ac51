import { createHash } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Database, Tx } from '../../db/index.ts';
import { clientMetadata, findClient } from './clients.ts';
import { errors } from './library.ts';

/** Records whose members die together when their grant is revoked. */
const GRANTED = ['AccessToken', 'AuthorizationCode', 'RefreshToken'];
/** Stands in for the id of a session that was found by its `uid`: the id itself is known to the browser alone. */
const BY_UID = 'uid:';

const UPSERT = {
  name: 'oidc-record-upsert',
  text: `insert into oidc_records (model, id_hash, payload, tenant_id, user_id, grant_id, user_code, uid, expires_at)
         select $1, $2, $3, u.tenant_id, u.id, $5, $6, $7, to_timestamp($8)
         from (select 1) one left join users u on u.id = $4
         on conflict (model, id_hash) do update set
           payload = excluded.payload, tenant_id = excluded.tenant_id, user_id = excluded.user_id,
           grant_id = excluded.grant_id, user_code = excluded.user_code, uid = excluded.uid,
           expires_at = excluded.expires_at`,
};
const COLUMNS = 'payload, extract(epoch from consumed_at)::int as consumed';
const FIND = {
  name: 'oidc-record-find',
  text: `select ${COLUMNS} from oidc_records where model = $1 and id_hash = $2 and expires_at > now()`,
};
const FIND_BY_UID = {
  name: 'oidc-record-find-by-uid',
  text: `select ${COLUMNS} from oidc_records where model = $1 and uid = $2 and expires_at > now()`,
};
const FIND_BY_USER_CODE = {
  name: 'oidc-record-find-by-user-code',
  text: `select ${COLUMNS} from oidc_records where model = $1 and user_code = $2 and expires_at > now()`,
};
const CONSUME = {
  name: 'oidc-record-consume',
  text: `update oidc_records set consumed_at = now() where model = $1 and id_hash = $2 and consumed_at is null
         returning grant_id`,
};
const DESTROY = { name: 'oidc-record-destroy', text: 'delete from oidc_records where model = $1 and id_hash = $2' };
const DESTROY_BY_UID = {
  name: 'oidc-record-destroy-by-uid',
  text: 'delete from oidc_records where model = $1 and uid = $2',
};
const REVOKE = {
  name: 'oidc-record-revoke-grant',
  text: 'delete from oidc_records where grant_id = $1 and model = any($2)',
};

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
}

/** Under what an id is kept: whoever reads the table holds no credential. */
export const hashId = (id: string): Buffer => createHash('sha256').update(id).digest();

/** Where oidc-provider keeps what it knows; one for each of its models. Applications come from `oidc_clients`. */
export function recordAdapter(database: Database): (model: string) => Adapter {
  const inTx = <T>(fn: (tx: Tx) => Promise<T>): Promise<T> => database.transaction('operator', fn);
  const findOne = async (
    statement: typeof FIND,
    values: readonly unknown[],
    id: string,
  ): Promise<AdapterPayload | undefined> => {
    const { rows } = await inTx((tx) => tx.query<Row>(statement, values));
    const [row] = rows;
    if (row === undefined) return undefined;
    return { ...row.payload, jti: id, ...(row.consumed === null ? {} : { consumed: row.consumed }) };
  };
  return (model) => ({
    upsert: async (id, payload, expiresIn = 0) => {
      if (id.startsWith(BY_UID)) throw new Error(`${model} was found by its uid and can only be read or ended.`);
      const expiresAt = Math.floor(Date.now() / 1_000) + expiresIn;
      await inTx((tx) =>
        tx.query(UPSERT, [
          model,
          hashId(id),
          JSON.stringify(withoutCredentials(payload)),
          payload.accountId ?? null,
          payload.grantId ?? null,
          payload.userCode ?? null,
          payload.uid ?? null,
          expiresAt,
        ]),
      );
    },
    find: async (id) => {
      if (model !== 'Client') return findOne(FIND, [model, hashId(id)], id);
      const client = await inTx((tx) => findClient(tx, id));
      return client === undefined || client.disabledAt !== null ? undefined : clientMetadata(client);
    },
    findByUid: (uid) => findOne(FIND_BY_UID, [model, uid], `${BY_UID}${uid}`),
    findByUserCode: (userCode) => findOne(FIND_BY_USER_CODE, [model, userCode], `${BY_UID}${userCode}`),
    consume: (id) => consume(database, model, id),
    destroy: async (id) => {
      await inTx((tx) =>
        id.startsWith(BY_UID)
          ? tx.query(DESTROY_BY_UID, [model, id.slice(BY_UID.length)])
          : tx.query(DESTROY, [model, hashId(id)]),
      );
    },
    revokeByGrantId: async (grantId) => {
      await inTx((tx) => tx.query(REVOKE, [grantId, [model]]));
    },
  });
}

/** Of two exchanges at once the second finds the code or token used, and that ends the grant (RFC 9700, 2.2.2). */
async function consume(database: Database, model: string, id: string): Promise<void> {
  const first = await database.transaction('operator', async (tx) => {
    const { rowCount } = await tx.query(CONSUME, [model, hashId(id)]);
    if (rowCount === 1) return true;
    const { rows } = await tx.query<{ grant_id: string | null }>(
      'select grant_id from oidc_records where model = $1 and id_hash = $2',
      [model, hashId(id)],
    );
    const grantId = rows[0]?.grant_id;
    if (grantId !== undefined && grantId !== null) await revokeGrants(tx, [grantId]);
    return false;
  });
  if (!first) throw new errors.InvalidGrant('already used');
}

/** Ends grants with every code and token made from them. */
export async function revokeGrants(tx: Tx, grantIds: readonly string[]): Promise<void> {
  await tx.query('delete from oidc_records where grant_id = any($1) and model = any($2)', [grantIds, GRANTED]);
  await tx.query(`delete from oidc_records where model = 'Grant' and id_hash = any($1)`, [grantIds.map(hashId)]);
}

/** Ends the provider's own session, of which only the `uid` is known here. */
export const endProviderSession = (tx: Tx, uid: string): Promise<unknown> => tx.query(DESTROY_BY_UID, ['Session', uid]);

/** `jti` is the id again, and an interaction remembers the cookie it began with. */
function withoutCredentials(payload: AdapterPayload): AdapterPayload {
  const { jti: _jti, ...rest } = payload;
  if (rest.session === undefined) return rest;
  const { cookie: _cookie, ...session } = rest.session;
  return { ...rest, session };
}

/** Deletes what has expired, some at a time, and answers how many. For the background. */
export async function purgeRecords(tx: Tx, { now, limit = 10_000 }: PurgeOptions): Promise<number> {
  const records = await tx.query(
    `delete from oidc_records where ctid = any(array(select ctid from oidc_records where expires_at < $1 limit $2))`,
    [now, limit],
  );
  // Of a session that lives the applications are still to be told.
  const logIns = await tx.query(
    `delete from oidc_log_ins where grant_id = any(array(
       select grant_id from oidc_log_ins l
       where due_at is null and created_at < $1::timestamptz - $3 * interval '1 day'
         and not exists (select from user_sessions s where s.id = l.session_id and s.ended_at is null)
       limit $2))`,
    [now, limit, LOG_IN_KEPT_DAYS],
  );
  return records.rowCount + logIns.rowCount;
}

const LOG_IN_KEPT_DAYS = 30;

export interface PurgeOptions {
  readonly now: Date;
  readonly limit?: number;
}
