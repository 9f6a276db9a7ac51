import { systemActor } from './access/index.ts';
import { operatorMails } from './accounts.ts';
import { createFirstOwner, invitationLink } from './people/index.ts';
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
  const { publicUrl } = plane.config;
  const invited = await plane.database.transaction('operator', (tx) =>
    createFirstOwner(
      { tx, actor: systemActor('first start'), now: new Date() },
      { publicUrl, mails: operatorMails(plane.keyring) },
      owner,
    ),
  );
  if (invited === undefined) return undefined;
  const { invitation } = invited;
  return { invitation: invitationLink(publicUrl, invitation).reveal(), expiresAt: invitation.expiresAt };
}
