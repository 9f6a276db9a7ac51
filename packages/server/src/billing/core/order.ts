/**
 * In which order events of one object count (decision 0012). They come in any order, late and more than once, so what an
 * object was last known to be decides, not which event came last:
 *
 * - `paid` and `void` of an invoice and `canceled` of a subscription are final: nothing leads out of them, so an event
 *   that says otherwise is an older one, whatever its time.
 * - Otherwise the later time counts. Stripe's times are whole seconds.
 * - Two of the same second that say different things have no order. Nobody guesses: a person looks.
 */
import { canonicalJson } from '@tenantry/contract';
import type { BillingFacts } from './read-event.ts';

export interface KnownObject {
  readonly state: string;
  readonly facts: BillingFacts;
  readonly asOf: Date;
  readonly eventId: string;
}

export interface IncomingObject {
  readonly facts: BillingFacts;
  readonly asOf: Date;
  readonly eventId: string;
}

export type Order = 'newer' | 'older' | 'unknown';

export const isFinal = (state: string): boolean => state === 'paid' || state === 'void' || state === 'canceled';

export function orderOf(known: KnownObject | undefined, { facts, asOf, eventId }: IncomingObject): Order {
  if (known === undefined) return 'newer';
  if (isFinal(known.state)) return facts.state === known.state ? 'newer' : 'older';
  if (isFinal(facts.state)) return 'newer';
  const apart = asOf.getTime() - known.asOf.getTime();
  if (apart !== 0) return apart > 0 ? 'newer' : 'older';
  // The same event once more, as after a person assigned it, or another that says nothing else.
  return eventId === known.eventId || says(facts) === says(known.facts) ? 'newer' : 'unknown';
}

/** What decides of it. */
const says = (facts: BillingFacts): string =>
  canonicalJson(facts.kind === 'invoice' ? [facts.state] : [facts.state, [...facts.prices]]);
