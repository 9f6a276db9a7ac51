import type { PersonActor } from '../access/index.ts';
import type { Database } from '../db/index.ts';
import { findHolder, type Holder, recordUses, SESSION_IDLE_MS, type Use } from './holders.ts';
import { hashOf, isKeyText } from './key-text.ts';
import { isSessionText } from './token-text.ts';

/**
 * How old an answer may be: a revoked key, an ended session, a grant taken back or a disabled person is refused
 * everywhere within this time.
 */
export const STALE_MS = 1_000;
const ENTRIES_MAX = 5_000;
const USE_WRITTEN_EVERY_MS = 60_000;

export interface KeyAuthenticator {
  /**
   * The person a key or the cookie of a session stands for, or undefined for a text that is neither (misspelt,
   * unknown, revoked, expired, idle too long, of a disabled person: the caller is not told which). The answer is at
   * most `STALE_MS` old.
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

interface Entry {
  /** When the question was asked, not when it was answered: the answer may be as old as that. */
  readonly askedAt: number;
  readonly holder: Promise<Holder | undefined>;
  /** The last use this process saw, in milliseconds: what is written lags behind it, and may be read before that. */
  usedAtMs: number;
}

/** One for each process. It has no timer: a request that finds the last write a minute old sets off the next one. */
export function keyAuthenticator({ database, now, onWriteFailure }: AuthenticatorOptions): KeyAuthenticator {
  const entries = new Map<string, Entry>();
  const uses = new Map<string, Use>();
  let writtenAt = now().getTime();
  let writing: Promise<void> = Promise.resolve();

  const ask = (kind: Use['kind'], hash: Buffer, id: string): Entry => {
    const askedAt = now();
    const holder = findHolder(database, kind, hash, askedAt);
    const entry: Entry = { askedAt: askedAt.getTime(), holder, usedAtMs: entries.get(id)?.usedAtMs ?? 0 };
    const forget = (): void => {
      if (entries.get(id) === entry) entries.delete(id);
    };
    // Wrong keys and failures are never remembered, so that nobody can fill the memory with guesses.
    holder.then((found) => found ?? forget(), forget);
    entries.delete(id);
    entries.set(id, entry);
    if (entries.size > ENTRIES_MAX) evictOldest(entries);
    return entry;
  };

  const writeUses = async (): Promise<void> => {
    const due = [...uses.values()];
    uses.clear();
    try {
      await recordUses(database, due);
    } catch (error) {
      for (const use of due) if (!uses.has(use.id)) uses.set(use.id, use);
      onWriteFailure?.(error);
    }
  };

  const noteUse = (use: Use): void => {
    uses.set(use.id, use);
    if (use.at.getTime() - writtenAt < USE_WRITTEN_EVERY_MS) return;
    writtenAt = use.at.getTime();
    writing = writing.then(writeUses);
  };

  return {
    authenticate: async (text) => {
      const kind = isKeyText(text) ? 'key' : isSessionText(text) ? 'session' : undefined;
      if (kind === undefined) return undefined;
      const hash = hashOf(text);
      const id = hash.toString('base64');
      const at = now();
      const known = entries.get(id);
      const age = known === undefined ? Number.NaN : at.getTime() - known.askedAt;
      // A clock that was set back gives a negative age, of which nothing follows.
      const entry = known !== undefined && age >= 0 && age < STALE_MS ? known : ask(kind, hash, id);
      const holder = await entry.holder;
      if (holder === undefined || isOver(holder, entry.usedAtMs, at)) return undefined;
      entry.usedAtMs = at.getTime();
      noteUse({ ...holder.use, at });
      return holder.actor;
    },
    close: async () => {
      writing = writing.then(writeUses);
      await writing;
    },
  };
}

/** Expired, or a session that nobody used for too long. */
const isOver = ({ expiresAt, lastSeenAt }: Holder, usedAtMs: number, at: Date): boolean =>
  (expiresAt !== null && expiresAt <= at) ||
  (lastSeenAt !== undefined && at.getTime() - Math.max(lastSeenAt.getTime(), usedAtMs) >= SESSION_IDLE_MS);

const evictOldest = (entries: Map<string, Entry>): void => {
  for (const id of entries.keys()) {
    entries.delete(id);
    return;
  }
};
