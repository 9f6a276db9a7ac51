import { type PersonActor, SCOPES, type Scope } from '../access/index.ts';
import type { Database } from '../db/index.ts';
import { hashOf, isKeyText } from './key-text.ts';

/** How old an answer may be: a revoked key or a disabled person is refused everywhere within this time. */
export const STALE_MS = 1_000;
const ENTRIES_MAX = 5_000;
const USE_WRITTEN_EVERY_MS = 60_000;

export interface KeyAuthenticator {
  /**
   * The person a key stands for, or undefined for a text that is no valid key (misspelt, unknown, revoked, expired,
   * of a disabled person: the caller is not told which). The answer is at most `STALE_MS` old.
   *
   * @throws database.unavailable
   */
  authenticate(text: string): Promise<PersonActor | undefined>;
  /** Waits for what is being written and writes the uses not yet recorded. */
  close(): Promise<void>;
}

export interface AuthenticatorOptions {
  readonly database: Database;
  readonly now: () => Date;
  /** Told when the times of last use could not be written; they are tried again with the next write. */
  readonly onWriteFailure?: (error: unknown) => void;
}

interface Holder {
  readonly actor: PersonActor;
  readonly keyId: string;
  readonly expiresAt: Date | null;
}

interface Entry {
  /** When the question was asked, not when it was answered: the answer may be as old as that. */
  readonly askedAt: number;
  readonly holder: Promise<Holder | undefined>;
}

/** One for each process. It has no timer: a request that finds the last write a minute old sets off the next one. */
export function keyAuthenticator({ database, now, onWriteFailure }: AuthenticatorOptions): KeyAuthenticator {
  const entries = new Map<string, Entry>();
  const usedAt = new Map<string, Date>();
  let writtenAt = now().getTime();
  let writing: Promise<void> = Promise.resolve();

  const ask = (hash: Buffer, id: string): Promise<Holder | undefined> => {
    const holder = findHolder(database, hash);
    const entry: Entry = { askedAt: now().getTime(), holder };
    const forget = (): void => {
      if (entries.get(id) === entry) entries.delete(id);
    };
    // Wrong keys and failures are never remembered, so that nobody can fill the memory with guesses.
    holder.then((found) => found ?? forget(), forget);
    entries.delete(id);
    entries.set(id, entry);
    if (entries.size > ENTRIES_MAX) evictOldest(entries);
    return holder;
  };

  const writeUses = async (): Promise<void> => {
    const uses = [...usedAt];
    usedAt.clear();
    try {
      await recordUses(database, uses);
    } catch (error) {
      for (const [keyId, at] of uses) if (!usedAt.has(keyId)) usedAt.set(keyId, at);
      onWriteFailure?.(error);
    }
  };

  const noteUse = (keyId: string, at: Date): void => {
    usedAt.set(keyId, at);
    if (at.getTime() - writtenAt < USE_WRITTEN_EVERY_MS) return;
    writtenAt = at.getTime();
    writing = writing.then(writeUses);
  };

  return {
    authenticate: async (text) => {
      if (!isKeyText(text)) return undefined;
      const hash = hashOf(text);
      const id = hash.toString('base64');
      const at = now();
      const entry = entries.get(id);
      const age = entry === undefined ? Number.NaN : at.getTime() - entry.askedAt;
      // A clock that was set back gives a negative age, of which nothing follows.
      const holder = await (entry !== undefined && age >= 0 && age < STALE_MS ? entry.holder : ask(hash, id));
      if (holder === undefined || (holder.expiresAt !== null && holder.expiresAt <= at)) return undefined;
      noteUse(holder.keyId, at);
      return holder.actor;
    },
    close: async () => {
      writing = writing.then(writeUses);
      await writing;
    },
  };
}

const evictOldest = (entries: Map<string, Entry>): void => {
  for (const id of entries.keys()) {
    entries.delete(id);
    return;
  }
};

interface HolderRow {
  readonly key_id: string;
  readonly scopes: readonly string[];
  readonly expires_at: Date | null;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly party: 'vendor' | 'client';
  readonly roles: readonly string[];
  readonly client_id: string | null;
  readonly development: boolean;
}

const FIND_HOLDER = {
  name: 'people-find-key-holder',
  text: `select key.id as key_id, key.scopes, key.expires_at, person.id, person.name, person.email, person.party,
                person.roles, person.client_id, person.development
         from api_keys key join people person on person.id = key.person_id
         where key.key_hash = $1 and key.revoked_at is null and person.disabled_at is null`,
};

async function findHolder(database: Database, hash: Buffer): Promise<Holder | undefined> {
  const { rows } = await database.transaction('operator', (tx) => tx.query<HolderRow>(FIND_HOLDER, [hash]));
  const row = rows[0];
  return row === undefined ? undefined : { actor: actorOf(row), keyId: row.key_id, expiresAt: row.expires_at };
}

const actorOf = (row: HolderRow): PersonActor => ({
  kind: 'person',
  id: row.id,
  name: row.name,
  email: row.email,
  party: row.party,
  roles: row.roles,
  // A scope this release does not know grants nothing.
  scopes: row.scopes.filter(isScope),
  keyId: row.key_id,
  ...(row.client_id === null ? {} : { clientId: row.client_id }),
  development: row.development,
});

const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

const RECORD_USES = {
  name: 'people-record-key-uses',
  text: `update api_keys set last_used_at = used.at
         from unnest($1::uuid[], $2::timestamptz[]) as used (key_id, at)
         where api_keys.id = used.key_id and (last_used_at is null or last_used_at < used.at)`,
};

async function recordUses(database: Database, uses: readonly (readonly [string, Date])[]): Promise<void> {
  if (uses.length === 0) return;
  const sorted = uses.toSorted(([a], [b]) => (a < b ? -1 : 1));
  await database.transaction('operator', (tx) =>
    tx.query(RECORD_USES, [sorted.map(([keyId]) => keyId), sorted.map(([, at]) => at)]),
  );
}
