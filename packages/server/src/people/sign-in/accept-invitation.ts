/** Following an invitation without the vendor's provider: a password, then the first code of an authenticator app. */
import { type Ctx, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Secret } from '../../connectors/kit/index.ts';
import { loadInvitation, spendInvitation } from '../operators/invitations.ts';
import { openSession } from '../sessions.ts';
import type { Person } from '../tables.ts';
import { assertUsablePassword, confirmCredentials, type Enrolment, startCredentials } from './credentials.ts';
import { refuseSignIn } from './refuse.ts';
import type { SignInDeps, Visitor } from './settings.ts';
import { countAttempt } from './throttle.ts';

const inTx = <T>({ database, now }: SignInDeps, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor: systemActor('sign-in'), now: now() }));

/** Whom an invitation is for. @throws access.invitation_spent */
export const findInvited = (deps: SignInDeps, token: string): Promise<Person> =>
  inTx(deps, async ({ tx, now }) => (await loadInvitation(tx, { token }, now)).person);

/** @throws access.invitation_spent, request.invalid for a password that cannot be used */
export async function choosePassword(
  deps: SignInDeps,
  input: { readonly token: string; readonly password: Secret },
): Promise<Enrolment> {
  const person = await findInvited(deps, input.token);
  assertUsablePassword(deps.passwords, input.password, person.email);
  const passwordHash = await deps.passwords.hash(input.password);
  return inTx(deps, async (ctx) => {
    const invitation = await loadInvitation(ctx.tx, { token: input.token }, ctx.now);
    return startCredentials(ctx, deps, { person: invitation.person, passwordHash });
  });
}

export interface Accepted {
  readonly session: Secret;
  /** Shown this once; each opens once in place of a code. */
  readonly recoveryCodes: readonly string[];
}

/**
 * The first right code ends the invitation and opens a session.
 *
 * @throws access.invitation_spent; access.sign_in_refused for a wrong code, after which another may be tried;
 *   request.throttled
 */
export async function acceptInvitation(
  deps: SignInDeps,
  visitor: Visitor,
  input: { readonly token: string; readonly code: string },
): Promise<Accepted> {
  const person = await findInvited(deps, input.token);
  await inTx(deps, (ctx) => countAttempt(ctx.tx, { email: person.email, address: visitor.address }, ctx.now));
  const accepted = await inTx(deps, async (ctx) => {
    const invitation = await loadInvitation(ctx.tx, { token: input.token }, ctx.now);
    const recoveryCodes = await confirmCredentials(ctx, deps.secrets, { personId: person.id, code: input.code });
    if (recoveryCodes === undefined) return undefined;
    await spendInvitation(ctx, deps.mails, invitation);
    const session = await openSession(ctx, { personId: person.id, amr: ['pwd', 'otp'], ...visitor });
    await recordAudit(ctx, {
      action: 'operator.invitation_accepted',
      subject: { kind: 'person', id: person.id, name: person.name },
      detail: { amr: ['pwd', 'otp'], address: visitor.address, sessionId: session.id },
    });
    return { session: session.token, recoveryCodes };
  });
  if (accepted !== undefined) return accepted;
  throw await refuseSignIn(deps, visitor, { reason: 'code', subject: { kind: 'person', id: person.id } });
}
