import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { recordAudit } from '../audit/index.ts';
import type { Secret } from '../connectors/kit/index.ts';
import { actingUser } from './acting-user.ts';
import type { IdentityDeps, SessionUser } from './authentication.ts';
import { confirmPassword } from './confirm-password.ts';
import { lockUser } from './load.ts';
import { mailUser } from './mail-user.ts';
import { isAppCode, verifySecondFactor, writeRecoveryCodes } from './second-factor.ts';
import { hasSecondFactor } from './second-factor-rows.ts';

export interface RecoveryRenewal {
  /** Of the session that asks. */
  readonly user: SessionUser;
  /** What shows that it is still them: the password, or a code of the authenticator app. */
  readonly proof: { readonly password: Secret } | { readonly code: string };
  readonly address: string;
  readonly now: Date;
}

/**
 * Makes ten new recovery codes, answered here and nowhere again; those before end at once, and the user is told by
 * mail. A recovery code proves nothing here: whoever found one would have ten.
 *
 * @throws user.login_refused, user.second_factor_refused, request.throttled, identity.busy; request.invalid for a user
 * without a second factor
 */
export async function renewRecoveryCodes(deps: IdentityDeps, renewal: RecoveryRenewal): Promise<readonly Secret[]> {
  const { tenantId, id } = renewal.user;
  await prove(deps, renewal);
  return deps.database.transaction('operator', async (tx) => {
    const user = await lockUser(tx, tenantId, id);
    const ctx = { tx, keyring: deps.keyring, now: renewal.now, actor: actingUser(user) };
    if (!(await hasSecondFactor(tx, tenantId, id))) throw noSecondFactor();
    const codes = await writeRecoveryCodes(ctx, user);
    const by = 'password' in renewal.proof ? 'password' : 'totp';
    await recordAudit(ctx, {
      action: 'user.recovery_codes_renewed',
      tenantId,
      subject: { kind: 'user', id, name: user.email },
      detail: { by },
    });
    await mailUser(ctx, deps, user, 'recovery-codes-renewed', { key: `recovery-codes:${randomUUID()}` });
    return codes;
  });
}

async function prove(deps: IdentityDeps, { user, proof, address, now }: RecoveryRenewal): Promise<void> {
  const { tenantId, email, id: userId } = user;
  if ('password' in proof) {
    await confirmPassword(deps, { tenantId, email, password: proof.password, now });
    return;
  }
  const answer = isAppCode(proof.code)
    ? await verifySecondFactor(deps, { tenantId, userId, code: proof.code, address, now })
    : ({ accepted: false } as const);
  if (answer.accepted) return;
  throw new TenantryError('user.second_factor_refused', 'The code is not right.', {
    next: answer.hint ?? 'Wait for the next code of the authenticator app, or give the password.',
  });
}

const noSecondFactor = (): TenantryError =>
  new TenantryError('request.invalid', 'Recovery codes go with a second factor, and none is set up.', {
    next: 'Set up an authenticator app: the codes come with it.',
  });
