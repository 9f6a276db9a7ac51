/** Signing in through the vendor's provider, from the click to the session. */
import { timingSafeEqual } from 'node:crypto';
import { bug } from '@tenantry/contract';
import { systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Secret } from '../../connectors/kit/index.ts';
import { hashOf } from '../key-text.ts';
import { loadInvitation } from '../operators/invitations.ts';
import { openSession } from '../sessions.ts';
import { newToken } from '../token-text.ts';
import { returnPath } from './core/return-path.ts';
import { AnswerRefused, type Provider, type ProviderClaims } from './provider.ts';
import { type Refusal, refuseSignIn } from './refuse.ts';
import { resolvePerson } from './resolve-person.ts';
import type { SignInDeps, Visitor } from './settings.ts';

/** A person has so long to find their password at the provider. */
const SIGN_IN_MS = 10 * 60_000;

export interface StartedSignIn {
  readonly url: URL;
  /** For a cookie: only the browser that left may come back. */
  readonly browser: Secret;
}

/** @throws access.provider_failed, access.invitation_spent */
export async function startProviderSignIn(
  { database, now }: SignInDeps,
  provider: Provider,
  input: { readonly to: string | undefined; readonly invitation?: string | undefined },
): Promise<StartedSignIn> {
  const state = newToken();
  const browser = newToken();
  const { url, sent } = await provider.start(state.token.reveal());
  const at = now();
  await database.transaction('operator', async (tx) => {
    const invitation =
      input.invitation === undefined ? undefined : await loadInvitation(tx, { token: input.invitation }, at);
    await tx.query('delete from operator_sign_ins where expires_at < $1', [at]);
    await tx.query(
      `insert into operator_sign_ins (state_hash, browser_hash, nonce, code_verifier, return_path, invitation_id, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        state.hash,
        browser.hash,
        sent.nonce,
        sent.codeVerifier,
        returnPath(input.to),
        invitation?.id ?? null,
        new Date(at.getTime() + SIGN_IN_MS),
      ],
    );
  });
  return { url, browser: browser.token };
}

interface KeptSignIn {
  readonly browser_hash: Buffer;
  readonly nonce: string;
  readonly code_verifier: string;
  readonly return_path: string;
  readonly invitation_id: string | null;
}

export interface CameBack {
  /** The whole address the browser came to. */
  readonly address: URL;
  /** The cookie of `startProviderSignIn`. */
  readonly browser: string | undefined;
}

/**
 * @returns the cookie of a new session, and where to go with it
 * @throws access.sign_in_refused, access.provider_failed, access.invitation_spent
 */
export async function finishProviderSignIn(
  deps: SignInDeps,
  provider: Provider,
  visitor: Visitor,
  cameBack: CameBack,
): Promise<{ readonly session: Secret; readonly to: string }> {
  const kept = await takeSignIn(deps, cameBack);
  const issuer = provider.settings.issuer;
  if (kept === undefined) {
    throw await refuseSignIn(deps, visitor, { reason: 'state', subject: { kind: 'identity', id: issuer } });
  }
  const sent = { state: kept.state, nonce: kept.nonce, codeVerifier: kept.code_verifier };
  const answer = await provider.finish(cameBack.address, sent).catch((error: unknown) => {
    if (error instanceof AnswerRefused) return error;
    throw error;
  });
  if (answer instanceof AnswerRefused) {
    const detail = { message: answer.message };
    throw await refuseSignIn(deps, visitor, { reason: 'answer', subject: { kind: 'identity', id: issuer }, detail });
  }
  return { session: await letIn(deps, provider, visitor, answer, kept.invitation_id), to: kept.return_path };
}

/** Takes the row out, so that an answer counts once. */
async function takeSignIn(
  { database, now }: SignInDeps,
  { address, browser }: CameBack,
): Promise<(KeptSignIn & { readonly state: string }) | undefined> {
  const state = address.searchParams.get('state');
  if (state === null || browser === undefined) return undefined;
  const kept = await database.transaction('operator', async (tx) => {
    const { rows } = await tx.query<KeptSignIn>(
      `delete from operator_sign_ins where state_hash = $1 and expires_at > $2
       returning browser_hash, nonce, code_verifier, return_path, invitation_id`,
      [hashOf(state), now()],
    );
    return rows[0];
  });
  if (kept === undefined || !timingSafeEqual(kept.browser_hash, hashOf(browser))) return undefined;
  return { ...kept, state };
}

async function letIn(
  deps: SignInDeps,
  provider: Provider,
  visitor: Visitor,
  answer: ProviderClaims,
  invitationId: string | null,
): Promise<Secret> {
  let refusal: Refusal | undefined;
  const token = await deps.database.transaction('operator', async (tx) => {
    const ctx = { tx, actor: systemActor('sign-in'), now: deps.now() };
    const found = await resolvePerson(ctx, { settings: provider.settings, mails: deps.mails }, answer, invitationId);
    if ('reason' in found) {
      refusal = found;
      return undefined;
    }
    const session = await openSession(ctx, { personId: found.id, amr: ['idp'], ...visitor });
    await recordAudit(ctx, {
      action: 'operator.signed_in',
      subject: { kind: 'person', id: found.id, name: found.name },
      detail: {
        amr: ['idp'],
        issuer: answer.issuer,
        subject: answer.subject,
        address: visitor.address,
        sessionId: session.id,
      },
    });
    return session.token;
  });
  if (token !== undefined) return token;
  if (refusal === undefined) throw bug('A sign-in gave neither a session nor a refusal.');
  throw await refuseSignIn(deps, visitor, refusal);
}
