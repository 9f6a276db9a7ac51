import type { RegisteredApplicationView } from '@tenantry/contract';
import { plainLine } from '../../terminal/plain-text.ts';

const LABEL_WIDTH = 18;

/** What goes into the settings of the application, a line for each. */
export const needsLines = (application: RegisteredApplicationView): readonly string[] =>
  [
    ['issuer', application.issuer],
    ['client id', application.id],
    ...(application.client_secret === undefined ? [] : [['client secret', application.client_secret]]),
    ...application.redirect_uris.map((address) => ['redirect address', address]),
  ].map(([label = '', text = '']) => `${label.padEnd(LABEL_WIDTH)}${plainLine(text)}`);

export const SHOWN_ONCE = 'This is the only time the client secret is shown. Keep it where secrets are kept.';
