import { type Ctx, systemActor } from '../../access/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { hashOf } from '../token.ts';
import { mailLink } from './issue-link.ts';
import { type NewestLink, newestLinksByEmail, newestLinksByToken } from './newest-link.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Somebody who asks again so soon has a mail on its way already. */
export const ASK_AGAIN_MS = 2 * MINUTE_MS;
/** How long after the end of a link its person may ask for the next by themselves. */
export const RENEWABLE_MS = 30 * DAY_MS;
const MAILS_MAX = 5;

export interface LinkWish {
  readonly token?: string | undefined;
  readonly email?: string | undefined;
}

/**
 * Mails a new link to the person an old one was made for, by the old one or by their address. What becomes of it is told
 * in their mailbox alone: the caller answers the same whatever happened. A link that an operator revoked is renewed by
 * nobody but an operator.
 */
export async function askForLink(ctx: Ctx, deps: PortalDeps, { token, email }: LinkWish): Promise<void> {
  const found = [
    ...(token === undefined ? [] : await newestLinksByToken(ctx, hashOf(token))),
    ...(email === undefined ? [] : await newestLinksByEmail(ctx, email)),
  ];
  const acting = { ...ctx, actor: systemActor('portal') };
  for (const link of found.filter((each) => isRenewable(each, ctx.now)).slice(0, MAILS_MAX)) {
    const expiresAt = new Date(ctx.now.getTime() + (link.expiresAt.getTime() - link.createdAt.getTime()));
    await mailLink(acting, deps, link, {
      template: 'portal-link',
      key: `portal-link:${link.runId}/${link.person.id}/${ctx.now.toISOString()}`,
      expiresAt,
    });
  }
}

const isRenewable = ({ revoked, createdAt, expiresAt }: NewestLink, now: Date): boolean =>
  !revoked &&
  now.getTime() - createdAt.getTime() >= ASK_AGAIN_MS &&
  now.getTime() - expiresAt.getTime() <= RENEWABLE_MS;
