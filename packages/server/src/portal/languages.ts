import type { PortalTemplate } from './portal-deps.ts';

/** The languages there are catalogues for. */
export type PortalLanguage = 'en' | 'pt';

/** The client's language (BCP 47) where there is a catalogue for it, else English. */
export const portalLanguage = (tag: string): PortalLanguage => (/^pt\b/i.test(tag) ? 'pt' : 'en');

type Base = 'portal-link' | 'portal-asked' | 'portal-answer' | 'portal-signed' | 'portal-voided';

export const inLanguage = (template: Base, language: PortalLanguage): PortalTemplate =>
  language === 'pt' ? `${template}-pt` : template;

/** A moment as mails write it, in the zone of the client. */
export const timeText = (at: Date, { language, timeZone }: { language: PortalLanguage; timeZone: string }): string =>
  new Intl.DateTimeFormat(language === 'pt' ? 'pt-PT' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone,
  }).format(at);
