export { ASK_AGAIN_MS, askForLink, RENEWABLE_MS } from './ask-for-link.ts';
export { createPortalLink, type NewPortalLink } from './create-link.ts';
export { type LinkScope, mailLink, stationeryOf } from './issue-link.ts';
export { listPortalLinks } from './list-links.ts';
export { newestLinkOf } from './newest-link.ts';
export { endPortalSession, isLinkOf, openPortal } from './open-portal.ts';
export { placeOf, refuseClients } from './place-of.ts';
export { revokePortalLink } from './revoke-link.ts';
export { portalJobs } from './tell-asked.ts';
