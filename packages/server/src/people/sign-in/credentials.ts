/** A password with an authenticator app and recovery codes: for the day the vendor's provider is away. */
import { randomBytes } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, eq, isNotNull, isNull, lt, or } from 'drizzle-orm';
import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Ctx } from '../../access/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { hashOf } from '../key-text.ts';
import { operatorCredentials, operatorRecoveryCodes, type Person } from '../tables.ts';
import type { OperatorSecrets, PasswordWork } from './settings.ts';

const STEP_SECONDS = 30;
/** One step to either side: authenticator apps and people are late, and phones' clocks differ a little (RFC 6238, 5.2). */
const DRIFT_SECONDS = 30;
const RECOVERY_CODES = 10;

export interface Enrolment {
  readonly secret: Secret;
  /** `otpauth://…`, for the square picture that apps read. */
  readonly uri: Secret;
}

/**
 * Keeps a password and the secret of an authenticator app that opens nothing until its first code was right.
 * Starting again takes the place of an earlier start; what was confirmed is not replaced this way.
 *
 * @throws request.invalid for a password that cannot be used; access.invitation_spent when all was set up before
 */
export async function startCredentials(
  ctx: Ctx,
  deps: { readonly passwords: PasswordWork; readonly secrets: OperatorSecrets },
  { person, passwordHash }: { readonly person: Person; readonly passwordHash: string },
): Promise<Enrolment> {
  const secret = new Secret(generateSecret());
  const totp = await deps.secrets.seal(ctx, person.id, secret);
  const row = { passwordHash, totp, confirmedAt: null, totpStep: null, setAt: ctx.now };
  const { rowCount } = await ctx.tx.orm
    .insert(operatorCredentials)
    .values({ personId: person.id, ...row })
    .onConflictDoUpdate({
      target: operatorCredentials.personId,
      set: row,
      setWhere: isNull(operatorCredentials.confirmedAt),
    });
  if (rowCount !== 1) {
    throw new TenantryError('access.invitation_spent', 'A password is set up for you already.', {
      next: 'Sign in with it.',
    });
  }
  const uri = generateURI({ issuer: 'Tenantry', label: person.email, secret: secret.reveal() });
  return { secret, uri: new Secret(uri) };
}

/** @throws request.invalid */
export function assertUsablePassword(passwords: PasswordWork, password: Secret, email: string): void {
  const fault = passwords.fault(password.reveal(), email);
  if (fault === undefined) return;
  throw new TenantryError('request.invalid', `The password cannot be used: ${fault}.`, {
    faults: [{ path: 'password', message: fault }],
    next: 'Choose another.',
  });
}

/** The first right code makes the credentials count; gives the recovery codes, which are shown this once. */
export async function confirmCredentials(
  ctx: Ctx,
  secrets: OperatorSecrets,
  { personId, code }: { readonly personId: string; readonly code: string },
): Promise<readonly string[] | undefined> {
  const [held] = await ctx.tx.orm
    .select({ totp: operatorCredentials.totp })
    .from(operatorCredentials)
    .where(and(eq(operatorCredentials.personId, personId), isNull(operatorCredentials.confirmedAt)));
  const step = held === undefined ? undefined : stepOf(await secrets.open(ctx, personId, held.totp), code, ctx.now);
  if (step === undefined) return undefined;
  await ctx.tx.orm
    .update(operatorCredentials)
    .set({ confirmedAt: ctx.now, totpStep: step })
    .where(eq(operatorCredentials.personId, personId));
  return newRecoveryCodes(ctx.tx, personId);
}

/** Ten codes in the place of those there are. */
export async function newRecoveryCodes(tx: Tx, personId: string): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, recoveryCode);
  await tx.orm.delete(operatorRecoveryCodes).where(eq(operatorRecoveryCodes.personId, personId));
  await tx.orm.insert(operatorRecoveryCodes).values(codes.map((code) => ({ personId, codeHash: recoveryHash(code) })));
  return codes;
}

/** Crockford's alphabet: no letter is mistaken for a digit. Sixteen of it are 80 bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const recoveryCode = (): string =>
  Array.from(randomBytes(16), (byte) => ALPHABET[byte % ALPHABET.length])
    .join('')
    .replaceAll(/.{4}(?!$)/g, '$&-');

const recoveryHash = (code: string): Buffer => hashOf(`recovery ${code.toLowerCase().replaceAll(/[\s-]/g, '')}`);

/**
 * Spends a code: one of the app, which counts once and never after a later one, or a recovery code, which counts once.
 * Of two at the same moment one wins.
 */
export async function spendCode(
  ctx: Ctx,
  secrets: OperatorSecrets,
  { personId, code }: { readonly personId: string; readonly code: string },
): Promise<'otp' | 'recovery' | undefined> {
  if (!isAppCode(code)) {
    const { rowCount } = await ctx.tx.orm
      .update(operatorRecoveryCodes)
      .set({ usedAt: ctx.now })
      .where(
        and(
          eq(operatorRecoveryCodes.personId, personId),
          eq(operatorRecoveryCodes.codeHash, recoveryHash(code)),
          isNull(operatorRecoveryCodes.usedAt),
        ),
      );
    return rowCount === 1 ? 'recovery' : undefined;
  }
  const [held] = await ctx.tx.orm
    .select({ totp: operatorCredentials.totp })
    .from(operatorCredentials)
    .where(and(eq(operatorCredentials.personId, personId), isNotNull(operatorCredentials.confirmedAt)));
  const step = held === undefined ? undefined : stepOf(await secrets.open(ctx, personId, held.totp), code, ctx.now);
  if (step === undefined) return undefined;
  const { rowCount } = await ctx.tx.orm
    .update(operatorCredentials)
    .set({ totpStep: step })
    .where(
      and(
        eq(operatorCredentials.personId, personId),
        or(isNull(operatorCredentials.totpStep), lt(operatorCredentials.totpStep, step)),
      ),
    );
  return rowCount === 1 ? 'otp' : undefined;
}

/** Whether it is written like a code of an app; anything else is taken for a recovery code. */
export const isAppCode = (code: string): boolean => /^\d{6}$/.test(code.replaceAll(' ', ''));

/** The time step a code belongs to, or undefined for a wrong one. */
function stepOf(secret: Secret, code: string, now: Date): number | undefined {
  if (!isAppCode(code)) return undefined;
  const token = code.replaceAll(' ', '');
  const epoch = Math.floor(now.getTime() / 1_000);
  const result = verifySync({ secret: secret.reveal(), token, epoch, epochTolerance: DRIFT_SECONDS });
  return result.valid ? Math.floor(epoch / STEP_SECONDS) + result.delta : undefined;
}
