import type { SupportAccessView } from '@tenantry/contract';
import { plainLine } from '../../terminal/plain-text.ts';

/** How it stands, in one line. */
export function supportLine(access: SupportAccessView): string {
  const who = `${plainLine(access.person)} on ${plainLine(access.tenant_slug)}`;
  switch (access.status) {
    case 'asked':
      return `${who}: asked for ${access.hours} h, waits for an answer (${access.id})`;
    case 'live':
      return `${who}: live until ${access.until ?? ''}, granted by ${plainLine(access.granted_by ?? '')} (${access.id})`;
    case 'lapsed':
      return `${who}: nobody answered within a day (${access.id})`;
    case 'ended':
      return `${who}: ended (${access.id})`;
  }
}
