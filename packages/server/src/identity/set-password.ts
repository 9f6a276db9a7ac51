import { TenantryError } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import { recordAudit } from '../audit/index.ts';
import { revealText, type Secret } from '../connectors/kit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadTenant } from '../tenants/index.ts';
import { revokeEntry, type VaultCtx } from '../vault/index.ts';
import { withdrawTokens } from './account-tokens.ts';
import { onBehalf } from './acting-user.ts';
import { passwordFault } from './core/password.ts';
import type { UserRow } from './load.ts';
import { endSessionsOf } from './sessions.ts';
import { users } from './tables.ts';

interface Wanted {
  readonly next: Secret;
  readonly current?: Secret;
}

/** @throws user.password_refused */
export async function assertPasswordFit(
  tx: Tx,
  user: Pick<UserRow, 'tenantId' | 'email' | 'fullName'>,
  { next, current }: Wanted,
): Promise<void> {
  const tenant = await loadTenant(tx, user.tenantId);
  assertFit(next, {
    email: user.email,
    names: [tenant.name, tenant.slug, user.fullName],
    ...(current === undefined ? {} : { current: revealText(current) }),
  });
}

/** @throws user.password_refused */
export function assertFit(next: Secret, facts: Parameters<typeof passwordFault>[1]): void {
  const fault = passwordFault(revealText(next), facts);
  if (fault === undefined) return;
  throw new TenantryError('user.password_refused', `The new password cannot be used: ${fault}.`, {
    faults: [{ path: 'password', message: fault }],
    next: 'Choose another password.',
  });
}

export interface PasswordWrite {
  /** argon2id. */
  readonly hashed: string;
  /** What is written with it, such as that the address is verified. */
  readonly also?: Partial<typeof users.$inferInsert>;
  /** The session in whose name the change is made. */
  readonly keepSession?: string | undefined;
  readonly action: 'user.password_changed' | 'user.password_reset' | 'user.invitation_accepted';
}

/**
 * Puts a new password in place: a temporary one, links under way and all other sessions end with the old one.
 *
 * @returns undefined when the user was changed meanwhile: of two at once, one wins
 */
export async function writePassword(ctx: VaultCtx, user: UserRow, write: PasswordWrite): Promise<UserRow | undefined> {
  const [row] = await ctx.tx.orm
    .update(users)
    .set({
      passwordHash: write.hashed,
      mustChangePassword: false,
      temporaryExpiresAt: null,
      temporaryPasswordRef: null,
      version: user.version + 1,
      updatedAt: ctx.now,
      ...write.also,
    })
    .where(and(eq(users.id, user.id), eq(users.tenantId, user.tenantId), eq(users.version, user.version)))
    .returning();
  if (row === undefined) return undefined;
  if (user.temporaryPasswordRef !== null) {
    await revokeEntry(onBehalf(ctx), { $secret: user.temporaryPasswordRef }, 'The temporary password was changed.');
  }
  await withdrawTokens(ctx, user, 'reset');
  const { tenantId, id: userId } = user;
  await endSessionsOf(ctx, { tenantId, userId, reason: 'password_changed', except: write.keepSession });
  await recordAudit(ctx, {
    action: write.action,
    tenantId,
    subject: { kind: 'user', id: userId, name: user.email },
  });
  return row;
}
