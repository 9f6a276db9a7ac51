/** Objects and signed events as Stripe sends them: the members read here and some that are not, as the real ones have. */
import { randomUUID } from 'node:crypto';
import { Stripe } from 'stripe';

export const freshId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 24)}`;

export interface InvoiceWish {
  readonly id?: string;
  readonly customer?: string;
  readonly status?: string;
  readonly tenant?: string;
  /** Before 2025 the metadata of the subscription stood elsewhere. */
  readonly older?: boolean;
}

export const invoice = ({
  id = freshId('in'),
  customer = freshId('cus'),
  status = 'open',
  tenant,
  older,
}: InvoiceWish) => {
  const details = { metadata: tenant === undefined ? {} : { tenant_id: tenant }, subscription: 'sub_1' };
  return {
    id,
    object: 'invoice',
    customer,
    customer_email: 'payer@acme.example',
    customer_name: 'Ann Payer',
    amount_due: 4_900,
    currency: 'eur',
    number: 'TN-0001',
    hosted_invoice_url: 'https://pay.example/i/1',
    metadata: {},
    status,
    ...(older === true ? { subscription_details: details } : { parent: { subscription_details: details } }),
  };
};

export interface SubscriptionWish {
  readonly id?: string;
  readonly customer?: string;
  readonly status?: string;
  readonly prices?: readonly string[];
  readonly tenant?: string;
}

export const subscription = ({
  id = freshId('sub'),
  customer = freshId('cus'),
  status = 'active',
  prices = ['price_professional'],
  tenant,
}: SubscriptionWish) => ({
  id,
  object: 'subscription',
  customer,
  status,
  metadata: tenant === undefined ? {} : { tenant_id: tenant },
  items: {
    object: 'list',
    data: prices.map((price) => ({ id: freshId('si'), price: { id: price, object: 'price' } })),
  },
});

export interface EventWish {
  readonly id?: string;
  readonly at: Date;
}

export const stripeEvent = (type: string, object: object, { id = freshId('evt'), at }: EventWish) => ({
  id,
  object: 'event',
  api_version: '2026-09-30.basil',
  created: Math.floor(at.getTime() / 1_000),
  type,
  livemode: false,
  data: { object },
});

/** The body and its signature, made by the library's own hand. */
export function signedText(secret: string, payload: string, at: Date): { body: Buffer; signature: string } {
  const timestamp = Math.floor(at.getTime() / 1_000);
  return {
    body: Buffer.from(payload),
    signature: Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
  };
}

export const signedBy = (secret: string, payload: object, at: Date): { body: Buffer; signature: string } =>
  signedText(secret, JSON.stringify(payload), at);
