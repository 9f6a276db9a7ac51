import { TenantryError } from '@tenantry/contract';

/** One answer for what is not there and for what is somebody else's. */
export const notInPortal = (what: string): TenantryError =>
  new TenantryError('portal.not_found', `There is no such ${what} in this portal.`, {
    next: 'Go back to the overview and start from what is listed there.',
  });

/** The same for a link that is forged, used, expired or revoked: a stranger learns nothing from it. */
export const linkRefused = (): TenantryError =>
  new TenantryError('portal.link_refused', 'This link does not open the portal, or not any more.', {
    next: 'Ask for a new one on this page: it is sent to the mailbox the link was made for.',
  });

export const signedOut = (): TenantryError =>
  new TenantryError('portal.signed_out', 'You are not signed in to the portal in this browser.', {
    next: 'Open the newest link from your mailbox, or ask for a new one.',
  });
