import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, eq, isNotNull } from 'drizzle-orm';
import type { Ctx, PersonActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Secret } from '../../connectors/kit/index.ts';
import { operatorCredentials } from '../tables.ts';
import { isAppCode, newRecoveryCodes, spendCode } from './credentials.ts';
import { refuseSignIn } from './refuse.ts';
import type { SignInDeps, Visitor } from './settings.ts';
import { countAttempt, forgetAttempts } from './throttle.ts';

/** What shows that it is still them: the password, or a code of the authenticator app. */
export type RecoveryProof = { readonly password: Secret } | { readonly code: string };

/**
 * Makes ten new recovery codes for the person who asks, shown this once; those before end at once, and a mail tells. A
 * recovery code proves nothing here: whoever found one would have ten.
 *
 * @throws access.sign_in_refused, request.throttled; request.invalid for who signs in without a password
 */
export async function renewRecoveryCodes(
  deps: SignInDeps,
  visitor: Visitor,
  { person, proof }: { readonly person: PersonActor; readonly proof: RecoveryProof },
): Promise<readonly string[]> {
  const inTx = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
    deps.database.transaction('operator', (tx) => fn({ tx, actor: person, now: deps.now() }));
  const attempt = { email: person.email, address: visitor.address };
  const passwordHash = await inTx((ctx) => findPasswordHash(ctx, person.id));
  if (passwordHash === undefined) throw noPassword();
  await inTx((ctx) => countAttempt(ctx.tx, attempt, ctx.now));
  // Outside a transaction: hashing takes tens of milliseconds and needs no connection.
  const known = 'password' in proof && (await deps.passwords.matches(passwordHash, proof.password));
  const codes = await inTx(async (ctx) => {
    if (!known && !(await isOwnCode(ctx, deps, person.id, proof))) return undefined;
    await forgetAttempts(ctx.tx, attempt);
    const made = await newRecoveryCodes(ctx.tx, person.id);
    await recordAudit(ctx, {
      action: 'operator.recovery_codes_renewed',
      subject: { kind: 'person', id: person.id, name: person.name },
      detail: { by: known ? 'password' : 'totp', address: visitor.address },
    });
    const key = `operator-recovery-codes:${randomUUID()}`;
    await deps.mails.send(ctx, { person, template: 'operator-recovery-codes', key });
    return made;
  });
  if (codes !== undefined) return codes;
  const reason = 'password' in proof ? 'credentials' : 'code';
  throw await refuseSignIn(deps, visitor, { reason, subject: { kind: 'person', id: person.id } });
}

const isOwnCode = async (ctx: Ctx, { secrets }: SignInDeps, personId: string, proof: RecoveryProof): Promise<boolean> =>
  'code' in proof && isAppCode(proof.code) && (await spendCode(ctx, secrets, { personId, code: proof.code })) === 'otp';

async function findPasswordHash({ tx }: Ctx, personId: string): Promise<string | undefined> {
  const [row] = await tx.orm
    .select({ passwordHash: operatorCredentials.passwordHash })
    .from(operatorCredentials)
    .where(and(eq(operatorCredentials.personId, personId), isNotNull(operatorCredentials.confirmedAt)));
  return row?.passwordHash;
}

const noPassword = (): TenantryError =>
  new TenantryError('request.invalid', 'Recovery codes go with a password of Tenantry, and you have none.', {
    next: 'You sign in through the provider of your company; an owner can invite you again to choose a password.',
  });
