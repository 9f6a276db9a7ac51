export { createPortalLink, listPortalLinks, portalJobs, revokePortalLink } from './links/index.ts';
export type { Brand, PortalDeps, PortalMail, PortalPerson, PortalTemplate } from './portal-deps.ts';
export { answerQuestion, listRunQuestions } from './questions/index.ts';
export { voidChangedSignatures } from './work/signatures.ts';
