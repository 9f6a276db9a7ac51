import { type InvitedOperatorView, TenantryError } from '@tenantry/contract';
import type { Task } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

/** The link of an invitation, to be printed alone; how to treat it stands beside it. @throws command.unreachable */
export function shownLink(task: Task, invited: InvitedOperatorView, whom: string): string {
  const { id, invitation_url: url, expires_at: until } = invited;
  if (url === undefined) throw lost(id);
  task.remark(
    `A mail with this link goes to ${plainLine(whom)}; should it not arrive, hand it on by a way that only they read. It opens once, until ${until}.`,
  );
  return url;
}

const lost = (id: string): TenantryError =>
  new TenantryError('command.unreachable', `${id} was invited, but the connection broke before the link was shown.`, {
    next: `It goes out by mail all the same. For another: tenantry operator invite-again ${id} --reason TEXT.`,
  });
