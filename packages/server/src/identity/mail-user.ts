import type { Ctx } from '../access/index.ts';
import { loadProduct } from '../products/index.ts';
import { loadTenant } from '../tenants/index.ts';
import type { IdentityDeps, OutgoingMail } from './authentication.ts';
import type { UserRow } from './load.ts';
import { findTenantColor } from './provider/branding.ts';

export interface MailDetails {
  /** The same key again sends nothing. */
  readonly key: string;
  readonly link?: { readonly $secret: string };
  readonly expiresAt?: Date;
  /** The address of the user unless given. */
  readonly to?: string;
  /** What this template shows beside what every one does. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Puts a mail to a user into the outbox, with what every template shows. */
export const mailUser = (
  ctx: Ctx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  user: UserRow,
  template: OutgoingMail['template'],
  details: MailDetails,
): Promise<void> => mailTenant(ctx, deps, user, template, details);

/** The same to somebody who need not be a user of the tenant. */
export async function mailTenant(
  ctx: Ctx,
  deps: Pick<IdentityDeps, 'enqueueMail' | 'links'>,
  user: Pick<UserRow, 'tenantId' | 'fullName' | 'email'>,
  template: OutgoingMail['template'],
  { key, link, expiresAt, to = user.email, more = {} }: MailDetails,
): Promise<void> {
  const tenant = await loadTenant(ctx.tx, user.tenantId);
  const product = await loadProduct(ctx.tx, tenant.productId);
  const color = await findTenantColor(ctx.tx, user.tenantId);
  await deps.enqueueMail(ctx, {
    tenantId: user.tenantId,
    to,
    template,
    key,
    values: {
      name: user.fullName,
      email: user.email,
      tenant: tenant.name,
      product: product.profile.name,
      support: product.profile.support.email,
      log_in: deps.links.logIn(tenant.slug),
      ...(color === undefined ? {} : { brand_color: color }),
      ...more,
      ...(link === undefined ? {} : { link }),
      ...(expiresAt === undefined ? {} : { expires: expiryText(expiresAt) }),
    },
  });
}

/** How mails tell until when a link is good. */
export const expiryText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
