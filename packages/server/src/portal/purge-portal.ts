import type { Tx } from '../db/index.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** What was typed or uploaded and never sent. */
export const DRAFTS_KEPT_MS = 90 * DAY_MS;
/** Sessions that are over; links stay, as the record of who was let in. */
export const SESSIONS_KEPT_MS = 30 * DAY_MS;

/** Forgets what nobody came back for. Answers how many rows went. */
export async function purgePortal({ tx, now }: { readonly tx: Tx; readonly now: Date }): Promise<number> {
  const drafts = new Date(now.getTime() - DRAFTS_KEPT_MS);
  const sessions = new Date(now.getTime() - SESSIONS_KEPT_MS);
  const gone = await Promise.all([
    tx.query('delete from portal_drafts where saved_at < $1', [drafts]),
    tx.query('delete from portal_uploads where created_at < $1', [drafts]),
    tx.query('delete from portal_sessions where expires_at < $1 or ended_at < $1', [sessions]),
  ]);
  return gone.reduce((sum, { rowCount }) => sum + rowCount, 0);
}
