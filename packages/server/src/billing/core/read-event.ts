/** What an event of Stripe says that matters here; everything else in it, names and cards above all, is left where it is. */
import { z } from 'zod';

export const EVENT_KINDS: Readonly<Record<string, 'invoice' | 'subscription'>> = {
  'invoice.payment_failed': 'invoice',
  'invoice.paid': 'invoice',
  'invoice.payment_succeeded': 'invoice',
  'invoice.voided': 'invoice',
  'invoice.marked_uncollectible': 'invoice',
  'customer.subscription.created': 'subscription',
  'customer.subscription.updated': 'subscription',
  'customer.subscription.deleted': 'subscription',
};

export interface InvoiceFacts {
  readonly kind: 'invoice';
  readonly id: string;
  readonly customer: string | null;
  /** `metadata.tenant_id` of the object, as it is written there. */
  readonly tenant: string | null;
  readonly state: 'unpaid' | 'paid' | 'void';
  readonly number: string | null;
  /** In the smallest unit of the currency. */
  readonly amountDue: number;
  readonly currency: string;
  /** Where it can be paid; null where the billing system gives no page. */
  readonly payUrl: string | null;
}

export interface SubscriptionFacts {
  readonly kind: 'subscription';
  readonly id: string;
  readonly customer: string | null;
  readonly tenant: string | null;
  /** Stripe's own word: `active`, `past_due`, `canceled`, … */
  readonly state: string;
  readonly prices: readonly string[];
}

export type BillingFacts = InvoiceFacts | SubscriptionFacts;

export interface BillingEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  /** Undefined for an event of a kind that means nothing here. */
  readonly facts: BillingFacts | undefined;
}

const id = z.string().min(1).max(255);
/** An id, or the whole object where it was asked to be expanded. */
const reference = z.union([id, z.object({ id }).transform((object) => object.id)]).nullish();
const metadata = z.record(z.string(), z.string()).nullish();
const ofSubscription = z.object({ metadata }).nullish();

const invoiceSchema = z.object({
  object: z.literal('invoice'),
  id,
  customer: reference,
  metadata,
  // Since 2025 below `parent`, before beside it.
  parent: z.object({ subscription_details: ofSubscription }).nullish(),
  subscription_details: ofSubscription,
  status: z.string().nullish(),
  number: z.string().max(255).nullish(),
  amount_due: z.number(),
  currency: z.string().max(3),
  hosted_invoice_url: z.string().max(2_000).nullish(),
});

const subscriptionSchema = z.object({
  object: z.literal('subscription'),
  id,
  customer: reference,
  metadata,
  status: z.string().max(30),
  items: z.object({ data: z.array(z.object({ price: z.object({ id }) })) }),
});

const eventSchema = z.object({
  object: z.literal('event'),
  id,
  type: z.string().min(1).max(100),
  /** Seconds since 1970. */
  created: z.int().nonnegative(),
  data: z.object({ object: z.unknown() }),
});

/** Undefined for what is signed and is none of Stripe's events. */
export function readEvent(value: unknown): BillingEvent | undefined {
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { type, created, data } = parsed.data;
  const kind = EVENT_KINDS[type];
  const facts = kind === undefined ? undefined : readFacts(kind, data.object);
  if (kind !== undefined && facts === undefined) return undefined;
  return { id: parsed.data.id, type, occurredAt: new Date(created * 1_000), facts };
}

/** Of an event's object, or of one that was asked for; undefined for anything else. */
export function readFacts(kind: BillingFacts['kind'], object: unknown): BillingFacts | undefined {
  return kind === 'invoice' ? readInvoice(object) : readSubscription(object);
}

function readInvoice(object: unknown): InvoiceFacts | undefined {
  const { data } = invoiceSchema.safeParse(object);
  if (data === undefined) return undefined;
  const details = data.parent?.subscription_details ?? data.subscription_details;
  return {
    kind: 'invoice',
    id: data.id,
    customer: data.customer ?? null,
    tenant: data.metadata?.tenant_id ?? details?.metadata?.tenant_id ?? null,
    // Whatever is written off can still be paid: until then it is unpaid.
    state: data.status === 'paid' || data.status === 'void' ? data.status : 'unpaid',
    number: data.number ?? null,
    amountDue: data.amount_due,
    currency: data.currency,
    payUrl: data.hosted_invoice_url ?? null,
  };
}

function readSubscription(object: unknown): SubscriptionFacts | undefined {
  const { data } = subscriptionSchema.safeParse(object);
  if (data === undefined) return undefined;
  return {
    kind: 'subscription',
    id: data.id,
    customer: data.customer ?? null,
    tenant: data.metadata?.tenant_id ?? null,
    state: data.status,
    prices: [...new Set(data.items.data.map(({ price }) => price.id))].sort(),
  };
}
