import { TenantryError } from '@tenantry/contract';
import { type Ctx, systemActor } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { findProduct } from '../products/index.ts';
import type { BillingDeps } from './billing-deps.ts';
import { readEvent } from './core/read-event.ts';
import { insertEvent } from './event-rows.ts';
import type { OpenKeys } from './keys.ts';

export interface Received {
  readonly id: string;
  /** False when it was received before. */
  readonly fresh: boolean;
}

export interface IncomingBody {
  readonly productId: string;
  readonly body: Buffer;
  readonly signature: string | undefined;
}

export type ReceiveEvent = (input: IncomingBody) => Promise<Received>;

const BILLING = systemActor('billing');
/** Anybody may send rubbish; the audit log gets a line a minute of each kind of it, with how many there were. */
const AUDIT_EVERY_MS = 60_000;

/**
 * Takes an event in, once, and leaves what it means to `applyEvents`: Stripe waits for the answer and calls again without one.
 *
 * @throws billing.refused for what is not signed, forged, replayed or unreadable (400: Stripe tries again for days);
 * product.not_found
 */
export function eventReceiver(
  { database, provider, now }: Pick<BillingDeps, 'database' | 'provider' | 'now'>,
  openKeys: OpenKeys,
): ReceiveEvent {
  const refusals = new Map<string, { since: number; count: number }>();
  const refuse = async (ctx: Ctx, productId: string, why: string): Promise<TenantryError> => {
    const key = `${productId}/${why}`;
    const seen = refusals.get(key);
    if (seen !== undefined && ctx.now.getTime() - seen.since < AUDIT_EVERY_MS) seen.count += 1;
    else {
      refusals.set(key, { since: ctx.now.getTime(), count: 0 });
      await recordAudit(ctx, {
        action: 'billing.event_refused',
        subject: { kind: 'product', id: productId },
        reason: why,
        detail: { why, untold_before: seen?.count ?? 0 },
      });
    }
    return new TenantryError('billing.refused', `The event is refused: it is ${why}.`, {
      facts: { why },
      next: NEXT[why] ?? 'Nothing was taken from it.',
    });
  };
  return async ({ productId, body, signature }) => {
    // The refusal is thrown after its audit row is written.
    const answer = await database.transaction('operator', async (tx): Promise<Received | TenantryError> => {
      const ctx = { tx, actor: BILLING, now: now() };
      if ((await findProduct(tx, productId)) === undefined) return unknownProduct(productId);
      const secrets = await openKeys(tx, productId, 'signing_secret');
      if (secrets.length === 0) return refuse(ctx, productId, 'not expected');
      const verified = provider.verify({ body, signature, secrets, now: ctx.now });
      if (!verified.ok) return refuse(ctx, productId, verified.why);
      const event = readEvent(verified.event);
      if (event === undefined) return refuse(ctx, productId, 'unreadable');
      return { id: event.id, fresh: await insertEvent(ctx, productId, event) };
    });
    if (answer instanceof TenantryError) throw answer;
    return answer;
  };
}

const NEXT: Readonly<Record<string, string>> = {
  'not expected': 'Add the signing secret of the endpoint: tenantry billing key add PRODUCT.',
  forged: 'If it came from Stripe, add the signing secret of this endpoint: tenantry billing key add PRODUCT.',
  'too old': 'It was signed more than five minutes ago. If it came from Stripe, compare the clocks.',
  unreadable: 'Its signature is right, and this release cannot read it. Look at the API version of the endpoint.',
};

const unknownProduct = (product: string): TenantryError =>
  new TenantryError('product.not_found', `There is no product "${product}".`, { facts: { product } });
