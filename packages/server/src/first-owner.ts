import { systemActor } from './access/index.ts';
import { createFirstOwner } from './people/index.ts';
import type { ControlPlane } from './wire.ts';

export interface FirstOwner {
  /** Opens once, until `expiresAt`. Whoever holds it becomes the owner. */
  readonly invitation: string;
  readonly expiresAt: Date;
}

/**
 * Invites the first owner of an installation, who then invites everybody else. Undefined when it has an owner: what
 * was done once is not done again by starting with the same option.
 *
 * @throws access.email_taken, request.invalid
 */
export async function inviteFirstOwner(
  plane: ControlPlane,
  owner: { readonly name: string; readonly email: string },
): Promise<FirstOwner | undefined> {
  const invited = await plane.database.transaction('operator', (tx) =>
    createFirstOwner({ tx, actor: systemActor('first start'), now: new Date() }, owner),
  );
  if (invited === undefined) return undefined;
  const { token, expiresAt } = invited.invitation;
  const url = new URL(`${plane.config.publicUrl}/operator/invitation`);
  url.searchParams.set('token', token.reveal());
  return { invitation: url.href, expiresAt };
}
