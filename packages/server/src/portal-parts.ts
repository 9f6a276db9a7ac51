/** The portal put together: it knows runs and tenants, and here it meets mails, people, products and their colours. */
import type { Config } from './config.ts';
import type { Database } from './db/index.ts';
import { findTenantColor } from './identity/index.ts';
import { enqueueMail } from './notifications/index.ts';
import { addressesOfRole, ensureClientPerson } from './people/index.ts';
import type { PortalDeps } from './portal/index.ts';
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
    return {
      product: profile?.name ?? 'Tenantry',
      color: (await findTenantColor(tx, tenantId)) ?? profile?.brand?.color.toLowerCase() ?? null,
      support: profile?.support.email ?? null,
    };
  },
});
