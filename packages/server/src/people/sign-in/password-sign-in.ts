import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { type Ctx, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Secret } from '../../connectors/kit/index.ts';
import { openSession } from '../sessions.ts';
import { operatorCredentials, people } from '../tables.ts';
import { spendCode } from './credentials.ts';
import { type RefusalReason, refuseSignIn } from './refuse.ts';
import type { SignInDeps, Visitor } from './settings.ts';
import { countAttempt, forgetAttempts } from './throttle.ts';

export interface PasswordSignIn {
  readonly email: string;
  readonly password: Secret;
  /** Of the authenticator app, or a recovery code. */
  readonly code: string;
}

/**
 * Password and code together, always both: there is no way in with one of them. The work is the same for an address
 * nobody has, and so is the answer.
 *
 * @returns the cookie of a new session
 * @throws access.sign_in_refused, request.throttled
 */
export async function signInWithPassword(deps: SignInDeps, visitor: Visitor, input: PasswordSignIn): Promise<Secret> {
  const { database, now, passwords, secrets } = deps;
  const inTx = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
    database.transaction('operator', (tx) => fn({ tx, actor: systemActor('sign-in'), now: now() }));
  const attempt = { email: input.email, address: visitor.address };
  await inTx((ctx) => countAttempt(ctx.tx, attempt, ctx.now));
  const found = await inTx((ctx) => findCredentials(ctx, input.email));
  // Outside a transaction: hashing takes tens of milliseconds and needs no connection.
  const right = await passwords.matches(found?.passwordHash ?? null, input.password);
  if (!right || found === undefined || found.disabledAt !== null) {
    const reason: RefusalReason = found === undefined ? 'no_password' : right ? 'disabled' : 'credentials';
    throw await refuseSignIn(deps, visitor, { reason, subject: subjectOf(found, input.email) });
  }
  const token = await inTx(async (ctx) => {
    const spent = await spendCode(ctx, secrets, { personId: found.id, code: input.code });
    if (spent === undefined) return undefined;
    await forgetAttempts(ctx.tx, attempt);
    const amr = spent === 'otp' ? ['pwd', 'otp'] : ['pwd', 'recovery'];
    const session = await openSession(ctx, { personId: found.id, amr, ...visitor });
    await recordAudit(ctx, {
      action: 'operator.signed_in',
      subject: { kind: 'person', id: found.id, name: found.name },
      detail: { amr, address: visitor.address, sessionId: session.id },
    });
    return session.token;
  });
  if (token !== undefined) return token;
  throw await refuseSignIn(deps, visitor, { reason: 'code', subject: subjectOf(found, input.email) });
}

async function findCredentials({ tx }: Ctx, email: string) {
  const [row] = await tx.orm
    .select({
      id: people.id,
      name: people.name,
      disabledAt: people.disabledAt,
      passwordHash: operatorCredentials.passwordHash,
    })
    .from(people)
    .innerJoin(operatorCredentials, eq(operatorCredentials.personId, people.id))
    .where(
      and(
        eq(sql`lower(${people.email})`, email.trim().toLowerCase()),
        eq(people.party, 'vendor'),
        isNotNull(operatorCredentials.confirmedAt),
      ),
    );
  return row;
}

/** An address that nobody has may be a password typed into the wrong field, so it is not kept. */
const subjectOf = (found: { readonly id: string } | undefined, email: string) =>
  found === undefined
    ? ({
        kind: 'address',
        id: email.includes('@') ? `…@${email.slice(email.lastIndexOf('@') + 1).slice(0, 100)}` : '…',
      } as const)
    : ({ kind: 'person', id: found.id } as const);
