/** The portal put together: it knows runs and tenants, and here it meets mails, people, products and their colours. */
import type { Config } from './config.ts';
import type { Database } from './db/index.ts';
import { findTenantColor, readableScheme } from './identity/index.ts';
import { enqueueMail } from './notifications/index.ts';
import { addressesOfRole, ensureClientPerson } from './people/index.ts';
import type { BrandScheme, PortalDeps } from './portal/index.ts';
import { loadProduct } from './products/index.ts';
import type { Keyring } from './vault/index.ts';

export interface PortalParts {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
}

export const portalDeps = ({ config, ...parts }: PortalParts): PortalDeps => ({
  ...parts,
  publicUrl: config.publicUrl,
  sendMail: enqueueMail,
  ensurePerson: ensureClientPerson,
  addressesOfRole,
  brandOf: async (tx, { tenantId, productId }) => {
    const profile = productId === null ? undefined : (await loadProduct(tx, productId)).profile;
    const color = (await findTenantColor(tx, tenantId)) ?? profile?.brand?.color.toLowerCase() ?? null;
    return {
      product: profile?.name ?? 'Tenantry',
      color,
      schemes: color === null ? null : { light: schemeOf(color, 'light'), dark: schemeOf(color, 'dark') },
      support: profile?.support.email ?? null,
    };
  },
});

/** The grounds that the style of the portal has: text may stand on the page, on a card, and on a button. */
const GROUNDS = { light: '#f6f7f9', dark: '#1b2027' } as const;

function schemeOf(color: string, kind: 'light' | 'dark'): BrandScheme {
  const { press, onPress } = readableScheme(color, GROUNDS[kind], kind);
  return { press, on_press: onPress };
}
