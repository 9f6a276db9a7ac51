import { createHash, randomBytes } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { generateSecret, generateURI } from 'otplib';
import { toDataURL } from 'qrcode';
import type { Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { loadProduct } from '../products/index.ts';
import { loadTenant } from '../tenants/index.ts';
import { openSecret, revokeEntry, sealSecret, type VaultCtx } from '../vault/index.ts';
import { actingUser, onBehalf } from './acting-user.ts';
import { networkOf } from './addresses.ts';
import type { IdentityDeps } from './authentication.ts';
import { groupsOfFour } from './core/password.ts';
import { judgeTotp, type TotpVerdict } from './core/totp.ts';
import { isKnownAddress } from './known-addresses.ts';
import { lockUser, type UserRow } from './load.ts';
import { findTotp, type TotpRow } from './second-factor-rows.ts';
import { userRecoveryCodes, userTotp } from './tables.ts';
import { assertAdmitted, forgive, type ThrottleSubject } from './throttle.ts';

type Deps = Pick<IdentityDeps, 'database' | 'keyring'>;

export interface UserName {
  readonly tenantId: string;
  readonly userId: string;
}

export interface TotpEnrolment {
  /** `otpauth://…`, as in the picture. */
  readonly uri: Secret;
  /** Base32, for typing. */
  readonly key: Secret;
  /** PNG of the QR code as a `data:` address. */
  readonly picture: Secret;
}

export interface SecondFactorCheck extends UserName {
  /** Six digits, or a recovery code. */
  readonly code: string;
  readonly now: Date;
  /**
   * Where the attempt comes from. At an address the user has logged in from, the wrong codes of somebody elsewhere who
   * knows the password do not keep them waiting.
   */
  readonly address?: string;
}

export type SecondFactorAnswer =
  | { readonly accepted: true; readonly by: 'totp' | 'recovery_code' }
  | { readonly accepted: false; readonly hint?: string };

const CODES = 10;
/** 80 bits: a hash of one cannot be searched for. */
const CODE_BYTES = 10;

/**
 * Makes the secret of an authenticator app. It counts for nothing until a code of it was entered; started again, the
 * one before is gone.
 *
 * @throws user.second_factor_set
 */
export async function startTotp(
  deps: Deps,
  { tenantId, userId, now }: UserName & { now: Date },
): Promise<TotpEnrolment> {
  const key = generateSecret();
  const { user, issuer } = await deps.database.transaction('operator', async (tx) => {
    const user = await lockUser(tx, tenantId, userId);
    const ctx = { tx, keyring: deps.keyring, now, actor: actingUser(user) };
    const earlier = await findTotp(tx, tenantId, userId);
    if (earlier !== undefined && earlier.confirmedAt !== null) throw alreadySet();
    if (earlier !== undefined)
      await revokeEntry(onBehalf(ctx), { $secret: earlier.secretRef }, 'The set-up was started again.');
    await storeTotp(ctx, user, new Secret(key));
    const tenant = await loadTenant(tx, tenantId);
    return { user, issuer: (await loadProduct(tx, tenant.productId)).profile.name };
  });
  const uri = generateURI({ issuer, label: user.email, secret: key });
  return { uri: new Secret(uri), key: new Secret(key), picture: new Secret(await toDataURL(uri)) };
}

async function storeTotp(ctx: VaultCtx, { tenantId, id: userId }: UserRow, secret: Secret): Promise<void> {
  const label = `authenticator secret of user ${userId}`;
  const { ref } = await sealSecret(ctx, { tenantId, label, secret, owner: { kind: 'user', id: userId } });
  const row = { secretRef: ref.$secret, createdAt: ctx.now, confirmedAt: null, lastStep: null };
  await ctx.tx.orm
    .insert(userTotp)
    .values({ userId, tenantId, ...row })
    .onConflictDoUpdate({ target: userTotp.userId, set: row });
}

/**
 * Turns the second factor on with the first code, and answers ten recovery codes, here and nowhere again; undefined
 * when the code is not right.
 *
 * @throws user.second_factor_set, request.throttled
 */
export async function confirmTotp(
  deps: Deps,
  { tenantId, userId, code, now }: SecondFactorCheck,
): Promise<readonly Secret[] | undefined> {
  const counted = await countAttempt(deps, { tenantId, userId, code, now });
  return deps.database.transaction('operator', async (tx) => {
    const user = await lockUser(tx, tenantId, userId);
    const ctx = { tx, keyring: deps.keyring, now, actor: actingUser(user) };
    const row = await findTotp(tx, tenantId, userId);
    if (row !== undefined && row.confirmedAt !== null) throw alreadySet();
    const verdict = row === undefined ? undefined : await judge(ctx, row, code);
    if (verdict === undefined || !verdict.accepted) return undefined;
    await tx.orm.update(userTotp).set({ confirmedAt: now, lastStep: verdict.step }).where(eq(userTotp.userId, userId));
    const codes = await writeRecoveryCodes(ctx, user);
    await forgive(tx, [counted], 'all');
    await recordAudit(ctx, { action: 'user.second_factor_set', tenantId, subject: subjectRow(user) });
    return codes;
  });
}

/** Makes ten codes in the place of those there are. */
export async function writeRecoveryCodes(ctx: Ctx, { tenantId, id: userId }: UserRow): Promise<readonly Secret[]> {
  const codes = Array.from({ length: CODES }, () => groupsOfFour(randomBytes(CODE_BYTES)));
  await ctx.tx.orm.delete(userRecoveryCodes).where(ofUser(tenantId, userId));
  await ctx.tx.orm
    .insert(userRecoveryCodes)
    .values(codes.map((code) => ({ tenantId, userId, codeHash: hashRecoveryCode(code) })));
  return codes.map((code) => new Secret(code));
}

/**
 * Whether a code is right now. An app's code is accepted once and for a step of drift; a recovery code once. Each
 * attempt counts against the user, with delays that grow.
 *
 * @throws request.throttled
 */
export async function verifySecondFactor(deps: Deps, check: SecondFactorCheck): Promise<SecondFactorAnswer> {
  const { tenantId, userId, now } = check;
  const counted = await countAttempt(deps, check);
  return deps.database.transaction('operator', async (tx) => {
    const user = await lockUser(tx, tenantId, userId);
    const ctx = { tx, keyring: deps.keyring, now, actor: actingUser(user) };
    const answer = await judgeCode(ctx, user, check.code);
    if (answer.accepted) await forgive(tx, [counted], 'all');
    await recordAudit(ctx, {
      action: answer.accepted ? 'user.second_factor_accepted' : 'user.second_factor_refused',
      tenantId,
      subject: subjectRow(user),
      ...(answer.accepted ? { detail: { by: answer.by } } : {}),
    });
    return answer;
  });
}

/** The same, as yes or no. */
export const checkSecondFactor = async (deps: Deps, check: SecondFactorCheck): Promise<boolean> =>
  (await verifySecondFactor(deps, check)).accepted;

const HINTS: Readonly<Record<'wrong' | 'used' | 'clock', string | undefined>> = {
  wrong: undefined,
  used: 'This code was used already. Wait for the next one.',
  clock: 'The clock of your device is wrong by some minutes. Set it to automatic time and try the next code.',
};

/** Whether it is written like a code of an app; anything else is taken for a recovery code. */
export const isAppCode = (code: string): boolean => /^[\d\s]{6,}$/.test(code);

async function judgeCode(ctx: VaultCtx, user: UserRow, code: string): Promise<SecondFactorAnswer> {
  const row = await findTotp(ctx.tx, user.tenantId, user.id);
  if (row === undefined || row.confirmedAt === null) return { accepted: false };
  if (!isAppCode(code)) {
    return (await spendRecoveryCode(ctx, user, code)) ? { accepted: true, by: 'recovery_code' } : { accepted: false };
  }
  const verdict = await judge(ctx, row, code);
  if (verdict.accepted && (await takeStep(ctx, row, verdict.step))) return { accepted: true, by: 'totp' };
  const hint = HINTS[verdict.accepted ? 'used' : verdict.why];
  return { accepted: false, ...(hint === undefined ? {} : { hint }) };
}

async function judge(ctx: VaultCtx, row: TotpRow, code: string): Promise<TotpVerdict> {
  const within = { tenantId: row.tenantId };
  const secret = await openSecret(
    onBehalf(ctx),
    { $secret: row.secretRef },
    { purpose: 'check a code of a log-in', within },
  );
  return judgeTotp({ secret: secret.reveal(), code, now: ctx.now, lastStep: row.lastStep });
}

/** One statement decides, so of the same code twice at once one is refused. */
async function takeStep(ctx: Ctx, { userId }: TotpRow, step: number): Promise<boolean> {
  const taken = await ctx.tx.orm
    .update(userTotp)
    .set({ lastStep: step })
    .where(and(eq(userTotp.userId, userId), or(isNull(userTotp.lastStep), lt(userTotp.lastStep, step))))
    .returning({ userId: userTotp.userId });
  return taken.length > 0;
}

async function spendRecoveryCode(ctx: Ctx, { tenantId, id: userId }: UserRow, code: string): Promise<boolean> {
  const spent = await ctx.tx.orm
    .update(userRecoveryCodes)
    .set({ usedAt: ctx.now })
    .where(
      and(
        ofUser(tenantId, userId),
        eq(userRecoveryCodes.codeHash, hashRecoveryCode(code)),
        isNull(userRecoveryCodes.usedAt),
      ),
    )
    .returning({ userId: userRecoveryCodes.userId });
  return spent.length > 0;
}

/** How many recovery codes are left; the codes themselves are known to nobody. */
export async function listRecoveryCodes(
  ctx: Ctx,
  { tenantId, userId }: UserName,
): Promise<{ readonly left: number; readonly used: readonly Date[] }> {
  const rows = await ctx.tx.orm.select().from(userRecoveryCodes).where(ofUser(tenantId, userId));
  const used = rows.flatMap(({ usedAt }) => (usedAt === null ? [] : [usedAt]));
  return { left: rows.length - used.length, used };
}

export const ofUser = (tenantId: string, userId: string) =>
  and(eq(userRecoveryCodes.tenantId, tenantId), eq(userRecoveryCodes.userId, userId));

/** As people type it: without its hyphens, or in capitals. */
const hashRecoveryCode = (code: string): Buffer =>
  createHash('sha256')
    .update(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .digest();

/** In a transaction of its own, so that a refusal cannot take the count back. */
const countAttempt = (
  { database }: Deps,
  { tenantId, userId, address, now }: SecondFactorCheck,
): Promise<ThrottleSubject> =>
  database.tenantTransaction(tenantId, async (tx) => {
    const place = { tenantId, userId, address: address ?? '' };
    const isKnown = address !== undefined && (await isKnownAddress(tx, place));
    const subject = {
      kind: 'factor' as const,
      of: [tenantId, userId, 'code', ...(isKnown ? [networkOf(place.address)] : [])],
    };
    await assertAdmitted(tx, [subject], now);
    return subject;
  });

const subjectRow = (user: UserRow) => ({ kind: 'user', id: user.id, name: user.email });

const alreadySet = (): TenantryError =>
  new TenantryError('user.second_factor_set', 'This user has a second factor already.', {
    next: 'Have it reset by an administrator, then set up the new one.',
  });
