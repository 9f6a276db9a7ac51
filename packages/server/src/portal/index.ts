export { createPortalLink, listPortalLinks, portalJobs, revokePortalLink } from './links/index.ts';
export type { Brand, BrandScheme, PortalDeps, PortalMail, PortalPerson, PortalTemplate } from './portal-deps.ts';
export { purgePortal } from './purge-portal.ts';
export { answerQuestion, listRunQuestions } from './questions/index.ts';
export { voidChangedSignatures } from './work/signatures.ts';
