import { TenantryError } from '@tenantry/contract';
import { systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { SignInDeps, Visitor } from './settings.ts';

/** Why; for the audit log alone, as some of it tells which accounts there are. */
export type RefusalReason =
  | 'credentials'
  | 'code'
  | 'no_password'
  | 'disabled'
  | 'unknown_person'
  | 'address_taken'
  | 'address_not_vouched'
  | 'other_invitee'
  | 'no_role'
  | 'state'
  | 'answer';

export interface Refusal {
  readonly reason: RefusalReason;
  /** Who it was about, as far as is known. */
  readonly subject: { readonly kind: 'person' | 'identity' | 'address'; readonly id: string };
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Leaves a trace in a transaction of its own, and gives the one answer there is for every reason. */
export async function refuseSignIn(
  { database, now }: Pick<SignInDeps, 'database' | 'now'>,
  visitor: Visitor,
  { reason, subject, detail }: Refusal,
): Promise<TenantryError> {
  await database.transaction('operator', (tx) =>
    recordAudit(
      { tx, actor: systemActor('sign-in'), now: now() },
      { action: 'operator.sign_in_refused', subject, reason, detail: { ...detail, address: visitor.address } },
    ),
  );
  return signInRefused();
}

/** One text for every reason. */
export const signInRefused = (): TenantryError =>
  new TenantryError('access.sign_in_refused', 'The sign-in was refused.', {
    next: 'Check what you typed, or the account you chose, and start again. An owner can see the reason in the audit log.',
  });
