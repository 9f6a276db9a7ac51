import type { Ctx } from '../access/index.ts';
import type { SecretRef } from '../connectors/kit/index.ts';
import type { Database, Tx } from '../db/index.ts';
import type { Keyring } from '../vault/index.ts';

/** Mails of the portal; each has a template for every language of the portal that its reader may have. */
export type PortalTemplate =
  | 'portal-link'
  | 'portal-link-pt'
  | 'portal-asked'
  | 'portal-asked-pt'
  | 'portal-answer'
  | 'portal-answer-pt'
  | 'portal-signed'
  | 'portal-signed-pt'
  | 'portal-voided'
  | 'portal-voided-pt'
  | 'portal-question';

export interface PortalMail {
  readonly tenantId: string | null;
  readonly to: string;
  readonly template: PortalTemplate;
  readonly values: Readonly<Record<string, string | SecretRef>>;
  /** The same key again sends nothing. */
  readonly key: string;
}

/** What a page or mail of the portal wears. */
export interface Brand {
  readonly product: string;
  /** `#rrggbb` */
  readonly color: string | null;
  /** E-mail address of the vendor's support. */
  readonly support: string | null;
}

export interface PortalPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** What the portal is handed by the composition root. */
export interface PortalDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
  /** No slash at its end. */
  readonly publicUrl: string;
  /** Writes into the outbox, in the caller's transaction. */
  sendMail(ctx: Ctx, mail: PortalMail): Promise<void>;
  /** @throws portal.person_refused, access.forbidden */
  ensurePerson(
    ctx: Ctx,
    wanted: { readonly clientId: string; readonly email: string; readonly name: string; readonly role: string },
  ): Promise<PortalPerson>;
  brandOf(tx: Tx, place: { readonly tenantId: string; readonly productId: string | null }): Promise<Brand>;
  /** Addresses of the people who act in a role for this product and client. */
  addressesOfRole(
    tx: Tx,
    where: { readonly role: string; readonly productId: string | null; readonly clientId: string | null },
  ): Promise<readonly string[]>;
}
