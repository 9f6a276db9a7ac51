import type { Act } from '../act.ts';
import { auditAct } from '../audit/list-audit.ts';
import { hashToken } from './token.ts';

/** Ends this session; others of the same person live on. */
export async function logOut(act: Act): Promise<void> {
  await act.db.query('delete from sessions where token_hash = $1', [hashToken(act.visitor.token)]);
  await auditAct(act, 'session.ended', {});
}
